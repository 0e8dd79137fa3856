/** An app's picture, or the first letter of its name. It was written by a developer, and is an image or nothing. */
export function AppLogo({ name, logo, large = false }: { readonly name: string; readonly logo: string | undefined; readonly large?: boolean }) {
  const side = large ? 48 : 32;
  if (logo?.startsWith('data:image/')) return <img class="app-logo" src={logo} alt="" width={side} height={side} />;
  const letter = String.fromCodePoint(name.codePointAt(0) ?? 0xb7).toUpperCase();
  return <span class={large ? 'app-logo letter large' : 'app-logo letter'} aria-hidden="true">{letter}</span>;
}
