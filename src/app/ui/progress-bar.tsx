import './progress-bar.css';
import { wholePercent } from '../format.ts';

/** How far it is, in whole per cents; the last one is kept for when it is really done. */
export function ProgressBar({ progress, label }: { readonly progress: number; readonly label: string }) {
  return <progress className="progress" max={100} value={wholePercent(progress)} aria-label={label} />;
}
