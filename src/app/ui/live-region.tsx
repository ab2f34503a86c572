/** Says a sentence once, when a screen reader has a pause; always mounted, since an empty region must exist first. */
export function LiveRegion({ message }: { readonly message: string }) {
  return (
    <p className="hush" role="status">
      {message}
    </p>
  );
}
