import './file-name.css';
import { splitPath, visibleName } from '../display-name.ts';

/** A name that somebody else chose: as `FileName`, but all of it, on as many lines as it takes. */
export function WholeName({ name }: { readonly name: string }) {
  const { folder, leaf } = splitPath(name);
  return (
    <bdi className="filename filename--whole">
      {folder && <bdi className="filename__path">{visibleName(folder)}</bdi>}
      <bdi>{visibleName(leaf)}</bdi>
    </bdi>
  );
}
