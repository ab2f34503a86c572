import './how-dialog.css';
import { owner } from '../../text/owner.ts';
import { Dialog } from '../../ui/dialog.tsx';

export function HowDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={owner.how.title} onClose={onClose}>
      <ol className="how">
        {owner.how.steps.map(({ title, body, term }, index) => (
          <li key={title} className="how__step">
            <span className="how__number" aria-hidden="true">
              {index + 1}
            </span>
            <h3 className="how__title">{title}</h3>
            <p>{body}</p>
            <p className="soft small">{term}</p>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
