/** `undertone-train adaptable MODEL`: adds the network with which devices fit the model to a voice. */
import type { Command } from 'commander';
import { addAdaptation } from '../export/add-adaptation.ts';
import type { Output } from './output.ts';

export function addAdaptableCommand(program: Command, { print }: Pick<Output, 'print'>): void {
  program
    .command('adaptable')
    .description(
      'adds adapt.onnx to a streaming model, with which devices fit it to a voice; its weights stay as they are',
    )
    .argument('<model>', 'model folder; what train, finetune and quantise write has it already')
    .action(async (folder: string) => {
      const { name, version } = await addAdaptation(folder);
      print(
        `${name}@${version} can be adapted: adapt.onnx is written, golden.json and manifest.json tell of it.`,
      );
    });
}
