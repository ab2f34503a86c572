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
  return (
    <bdi className="filename" id={id} title={tail === '' ? undefined : shown}>
      <span className="filename__head">{head}</span>
      {tail !== '' && <span className="filename__tail">{tail}</span>}
    </bdi>
  );
}
