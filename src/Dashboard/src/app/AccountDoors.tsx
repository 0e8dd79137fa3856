import { accountDoors, startPage } from './routes';
import { session } from './session';
import { useStore } from './store';

/** Sign in and sign up, or the way in for whoever is signed in already. */
export function AccountDoors({ prominent = false }: { readonly prominent?: boolean }) {
  const signedIn = useStore(session).state === 'signed-in';
  const doors = signedIn ? [{ path: startPage, label: 'Open your vault' }] : accountDoors;
  return (
    <>
      {doors.map((door, index) => {
        const last = index === doors.length - 1;
        return <a class={last ? 'button primary' : prominent ? 'button' : undefined} href={door.path}>{door.label}</a>;
      })}
    </>
  );
}
