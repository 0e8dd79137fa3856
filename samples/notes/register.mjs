// Makes a developer's account at a running KeyPass and registers the sample with it, in test mode: it calls the sandbox, and costs nobody anything.
// Prints the two lines that the sample reads from its environment. For a demonstration on this machine; a developer does this on the page "Apps".
//   node samples/notes/register.mjs <address of KeyPass> <origin of the sample>
import { randomBytes } from 'node:crypto';

const [keyPass, origin] = process.argv.slice(2);

async function post(path, body, session) {
  const response = await fetch(keyPass + path, {
    method: 'POST', body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(session !== undefined && { authorization: `Bearer ${session}` }) },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${answer.error?.message ?? response.status}`);
  return answer.data;
}

try {
  const email = `demo-${randomBytes(4).toString('hex')}@example.org`;
  const { sessionToken } = await post('/v1/auth/register', { email, password: randomBytes(18).toString('base64url') });
  const { app, clientSecret } = await post('/v1/apps', { name: 'Otter Notes', mode: 'test', origins: [origin], redirectUris: [`${origin}/`] }, sessionToken);
  console.log(`export KEYPASS_CLIENT_ID=${app.clientId}`);
  console.log(`export KEYPASS_CLIENT_SECRET=${clientSecret}`);
} catch (failure) {
  console.error(`The sample could not be registered: ${failure.message}`);
  process.exitCode = 1;
}
