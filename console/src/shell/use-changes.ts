/** Renders again when something has changed, and not more often than anybody can read. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

const minMsBetweenRenders = 120;

/**
 * @returns to be called at each change, however often that is, and the number of renders asked for
 */
export function useChanges(): { readonly changed: () => void; readonly version: number } {
  const [version, setVersion] = useState(0);
  const timer = useRef<number | null>(null);
  const changed = useCallback(() => {
    timer.current ??= window.setTimeout(() => {
      timer.current = null;
      setVersion((count) => count + 1);
    }, minMsBetweenRenders);
  }, []);
  useEffect(
    () => () => {
      if (timer.current !== null) window.clearTimeout(timer.current);
    },
    [],
  );
  return { changed, version };
}
