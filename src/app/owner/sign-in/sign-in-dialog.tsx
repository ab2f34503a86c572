import type { SignIn } from '../../backends/backend.ts';
import { owner } from '../../text/owner.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { useStore } from '../../use-store.ts';
import { SignInForm } from './sign-in-form.tsx';

const text = owner.signIn;

/** Asks for another access code while everything that needs one waits for it. */
export function SignInDialog({ signIn }: { readonly signIn: SignIn }) {
  if (!useStore(signIn)) return null;
  return (
    <Dialog title={text.againTitle} onClose={signIn.dismiss}>
      <p className="sign-in__lead">{text.again}</p>
      <SignInForm className="dialog__actions" enter={signIn.enter}>
        <button type="button" className="button" onClick={signIn.dismiss}>
          {text.later}
        </button>
      </SignInForm>
    </Dialog>
  );
}
