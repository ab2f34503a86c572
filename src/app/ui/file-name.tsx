import './file-name.css';
import { splitPath, visibleName } from '../display-name.ts';
import { splitName } from '../split-name.ts';

/**
 * A name that somebody else chose: isolated from the text around it, its invisible characters spelled out,
 * never wider than its place, cut in the middle so that the extension stays. Of the folders before it the
 * nearest stays longest.
 */
export function FileName({ name }: { readonly name: string }) {
  const { folder, leaf } = splitPath(name);
  const shown = visibleName(leaf);
  const path = folder === '' ? undefined : visibleName(folder);
  const { head, tail } = splitName(shown);
  if (tail === '' && path === undefined) {
    return (
      <bdi className="filename">
        <span className="filename__head">{shown}</span>
      </bdi>
    );
  }
  return (
    <bdi className="filename" title={`${path ?? ''}${shown}`}>
      {/* Several boxes are read as several words; whoever listens gets the name in one piece. */}
      <span className="hush filename__spoken">{`${path ?? ''}${shown}`}</span>
      {path && (
        <span className="filename__folder" aria-hidden="true">
          <bdi>{path}</bdi>
        </span>
      )}
      <bdi className="filename__leaf" aria-hidden="true">
        <span className="filename__head">{head}</span>
        <span className="filename__tail">{tail}</span>
      </bdi>
    </bdi>
  );
}
