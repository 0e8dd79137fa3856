export function NotFoundPage() {
  return (
    <div class="page notice">
      <h1>There is no page here</h1>
      <p>
        This server has nothing at <code>{location.pathname}</code>. The address may be mistyped, or the link that brought you here is older
        than this version of KeyPass.
      </p>
      <p>
        <a href="/">Go to the start page</a>, or look for an operation in <a href="/docs/api">the API reference</a>.
      </p>
    </div>
  );
}
