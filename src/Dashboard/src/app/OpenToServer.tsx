import { Padlock } from '../parts/icons';

/** In the place of the lock, where there is none: the server opens this vault by itself. What that means is said in the settings. */
export function OpenToServer() {
  return (
    <div class="lock-switch">
      <p><Padlock open />Server opens it</p>
      <a class="pill warn" href="/settings/security">managed</a>
    </div>
  );
}
