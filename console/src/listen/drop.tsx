/** Takes files that are dropped anywhere on the view. */
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

export interface DropProps {
  readonly onFile: (file: File) => void;
  readonly children: ComponentChildren;
}

export function Drop({ onFile, children }: DropProps): JSX.Element {
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button "Open file" does the same with a keyboard
    <div
      class={isOver ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer?.files[0];
        if (file) onFile(file);
      }}
    >
      {children}
    </div>
  );
}
