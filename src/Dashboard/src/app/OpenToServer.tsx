import { Padlock } from '../parts/icons';

/** In the place of the lock, where there is none: the server opens this vault by itself. The settings say what that means. */
export function OpenToServer() {
  return (
    <div class="lock-switch">
      <p><Padlock open />Vault managed</p>
      <a class="small" href="/settings/security">Details</a>
    </div>
  );
}
