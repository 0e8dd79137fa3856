import type { AccountDoor } from './routes';

/** Sign in and sign up in the header, or, while there is nothing behind them, a pill that leads to the reason. */
export function AccountDoors({ doors }: { readonly doors: readonly AccountDoor[] }) {
  if (doors.length === 0) return <a class="pill" href="/#accounts">Accounts not open yet</a>;
  return <>{doors.map((door) => <a href={door.path}>{door.label}</a>)}</>;
}
