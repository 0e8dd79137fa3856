/** Back to the app, where it sent this page here instead of opening a window; there the link SDK goes on by itself. */
export function returnTo(redirectUri: string, linkSessionId: string, status: 'approved' | 'denied'): void {
  const address = new URL(redirectUri);
  address.searchParams.set('link_session_id', linkSessionId);
  address.searchParams.set('status', status);
  location.replace(address);
}
