import './file-name.css';
import { splitName, visibleName } from '../display-name.ts';

/**
 * A name that somebody else chose: isolated from the text around it, its invisible characters spelled out,
 * never wider than its place, cut in the middle so that the extension stays.
 */
export function FileName({
  name,
  id,
  whole = false,
}: {
  readonly name: string;
  readonly id?: string;
  /** All of it, on as many lines as it takes. */
  readonly whole?: boolean;
}) {
  const shown = visibleName(name);
  if (whole) {
    return (
      <bdi className="filename filename--whole" id={id}>
        {shown}
      </bdi>
    );
  }
  const { head, tail } = splitName(shown);
  if (tail === '') {
    return (
      <bdi className="filename" id={id}>
        <span className="filename__head">{shown}</span>
      </bdi>
    );
  }
  return (
    <bdi className="filename" id={id} title={shown}>
      {/* Two boxes are read as two words; whoever listens gets the name in one piece. */}
      <span className="hush filename__spoken">{shown}</span>
      <span className="filename__head" aria-hidden="true">
        {head}
      </span>
      <span className="filename__tail" aria-hidden="true">
        {tail}
      </span>
    </bdi>
  );
}
