/** A Dockerfile as stages of steps, with its arguments filled in: the part of the language that ours is written in. */
import { UndertoneError } from '@undertone/core';
import { type Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';

export interface Stage {
  readonly name: string;
  /** An image, or an earlier stage. */
  readonly from: string;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'run'; readonly command: string }
  | {
      readonly kind: 'copy';
      readonly from: string | null;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string; readonly value: string }
  | { readonly kind: 'label'; readonly name: string; readonly value: string }
  | { readonly kind: 'user'; readonly user: string }
  | { readonly kind: 'expose'; readonly ports: readonly number[] }
  | { readonly kind: 'stop-signal'; readonly signal: string }
  | { readonly kind: 'entrypoint' | 'health-check'; readonly command: readonly string[] };

/** @throws UndertoneError `bad_config` for an instruction that nothing here carries out */
export function parseDockerfile(text: string): readonly Stage[] {
  const file = DockerfileParser.parse(text);
  const values = new Map(
    file.getInitialARGs().map((each) => {
      const property = each.getProperty();
      return [property!.getName(), property!.getValue() ?? ''];
    }),
  );
  const stages: { name: string; from: string; steps: Step[] }[] = [];
  for (const instruction of file.getInstructions()) {
    const keyword = instruction.getKeyword();
    const from = file
      .getFROMs()
      .find((each) => each.getRange().start.line === instruction.getRange().start.line);
    if (from) {
      const image = (from.getImage() ?? '').replace(
        /\$\{(\w+)\}/g,
        (_, name: string) => values.get(name) ?? '',
      );
      stages.push({ name: from.getBuildStage() ?? '', from: image, steps: [] });
    } else if (keyword === 'ARG' && stages.length === 0) continue;
    else stages.at(-1)?.steps.push(...stepsOf(keyword, instruction));
  }
  return stages;
}

function stepsOf(keyword: string, instruction: Instruction): readonly Step[] {
  const words = instruction.getArguments().map((each) => each.getValue());
  switch (keyword) {
    case 'RUN':
      return [{ kind: 'run', command: instruction.getArgumentsContent() ?? '' }];
    case 'COPY': {
      const flags = (instruction as Copy).getFlags();
      const other = flags.find((flag) => flag.getName() !== 'from');
      if (other) throw unknown(`COPY ${other}`);
      const from = flags[0]?.getValue() ?? null;
      return [{ kind: 'copy', from, sources: words.slice(0, -1), target: words.at(-1) ?? '' }];
    }
    case 'WORKDIR':
      return [{ kind: 'workdir', path: words[0] ?? '' }];
    case 'ENV':
    case 'LABEL': {
      const kind = keyword === 'ENV' ? 'env' : 'label';
      const pairs = (instruction.getRawArgumentsContent() ?? '').matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g);
      return [...pairs].map(([, name, quoted, plain]) => ({ kind, name: name!, value: quoted ?? plain! }));
    }
    case 'USER':
      return [{ kind: 'user', user: words[0] ?? '' }];
    case 'EXPOSE':
      return [{ kind: 'expose', ports: words.map(Number) }];
    case 'STOPSIGNAL':
      return [{ kind: 'stop-signal', signal: words[0] ?? '' }];
    case 'HEALTHCHECK':
    case 'ENTRYPOINT': {
      const json = /\[.*\]$/s.exec(instruction.getRawArgumentsContent() ?? '')?.[0];
      if (json === undefined) throw unknown(`${keyword} that is no JSON`);
      const command = JSON.parse(json) as readonly string[];
      return [{ kind: keyword === 'ENTRYPOINT' ? 'entrypoint' : 'health-check', command }];
    }
    default:
      throw unknown(keyword);
  }
}

function unknown(what: string): UndertoneError {
  return new UndertoneError(
    'bad_config',
    `Expected an instruction that can be carried out here; got ${what}.`,
  );
}
