import { mintCredential } from '@keypass/vault-client/kp1';
import { describe, expect, test } from 'vitest';
import { keepDeployments, readForm, readSecret, type Typed } from '../../src/pages/keys/key-form';
import { looksLike, providerOf, type Provider } from '../../src/pages/keys/providers';

const field = (name: string, required = true) => ({ name, label: name, required, secret: true, hint: '' });

function provider(id: string, more: Partial<Provider> = {}): Provider {
  return { id, name: id, origin: undefined, scheme: 'bearer', prefix: undefined, keyPage: undefined, fields: [field('apiKey')], ...more };
}

// As the server's catalogue has them.
const openai = provider('openai', { origin: 'https://api.openai.com', prefix: 'sk-' });
const deepseek = provider('deepseek', { origin: 'https://api.deepseek.com', prefix: 'sk-' });
const anthropic = provider('anthropic', { origin: 'https://api.anthropic.com', prefix: 'sk-ant-', scheme: 'x-api-key' });
const azure = provider('azure', { scheme: 'api-key', fields: [field('endpoint'), field('apiKey'), field('deployments', false)] });
const bedrock = provider('bedrock', { scheme: 'sigv4', fields: [field('region'), field('credentials')] });
const vertex = provider('vertex', { scheme: 'gcp', fields: [field('credentials'), field('region', false)] });
const sandbox = provider('sandbox', { origin: 'https://sandbox.keypass.invalid', fields: [field('apiKey', false)] });
const custom = provider('custom', { fields: [field('baseUrl'), field('apiKey')] });

const account = { type: 'service_account', project_id: 'ana-1', private_key: '-----BEGIN-----\nä\n', client_email: 'a@b.c' };

describe('What a person typed becomes what is sealed', () => {
  test.each<[Provider, Typed, object]>([
    [openai, { apiKey: ' sk-1 ' }, { provider: 'openai', origin: 'https://api.openai.com', scheme: 1, secret: 'sk-1' }],
    [sandbox, {}, { provider: 'sandbox', origin: 'https://sandbox.keypass.invalid', scheme: 1, secret: 'sandbox' }],
    [sandbox, { apiKey: 'mine' }, { provider: 'sandbox', origin: 'https://sandbox.keypass.invalid', scheme: 1, secret: 'mine' }],
    [anthropic, { apiKey: 'sk-ant-1' }, { provider: 'anthropic', origin: 'https://api.anthropic.com', scheme: 2, secret: 'sk-ant-1' }],
    [
      azure, { endpoint: 'https://Ana.openai.azure.com/', apiKey: 'a1' },
      { provider: 'azure', origin: 'https://ana.openai.azure.com', scheme: 4, secret: '{"apiKey":"a1"}' },
    ],
    [
      azure, { endpoint: 'https://ana.openai.azure.com', apiKey: 'a1', deployments: '{"gpt-4o": "my own"}' },
      { provider: 'azure', origin: 'https://ana.openai.azure.com', scheme: 4, secret: '{"apiKey":"a1","deployments":{"gpt-4o":"my\\u0020own"}}' },
    ],
    [
      bedrock, { region: 'us-east-1', credentials: 'ABSK1' },
      { provider: 'bedrock', origin: 'https://bedrock-runtime.us-east-1.amazonaws.com', scheme: 5, secret: '{"region":"us-east-1","apiKey":"ABSK1"}' },
    ],
    [
      bedrock, { region: 'eu-west-1', credentials: '{"accessKeyId":"A","secretAccessKey":"s/+"}' },
      {
        provider: 'bedrock', origin: 'https://bedrock-runtime.eu-west-1.amazonaws.com', scheme: 5,
        secret: '{"accessKeyId":"A","secretAccessKey":"s/+","region":"eu-west-1"}',
      },
    ],
    [
      custom, { baseUrl: 'https://llm.example.com:8443/api/v1/', apiKey: 'k' },
      { provider: 'custom:/api/v1', origin: 'https://llm.example.com:8443', scheme: 1, secret: 'k' },
    ],
  ])('%o', (vendor, typed, input) => {
    const read = readForm(vendor, typed);
    expect('input' in read && read.input).toEqual(input);
  });

  test('A service-account file comes out as it went in, with its project beside it, in plain ASCII', () => {
    const read = readForm(vertex, { credentials: JSON.stringify(account), region: '' });
    const secret = 'input' in read ? read.input.secret : '';
    expect(JSON.parse(secret)).toEqual({ serviceAccount: account, project: 'ana-1' });
    expect(secret).toMatch(/^[\x21-\x7e]+$/);
    expect(read).toMatchObject({ input: { provider: 'vertex', origin: 'https://aiplatform.googleapis.com', scheme: 6 } });
  });
});

test.each<[Provider, Typed, object]>([
  [openai, { apiKey: ' sk-1 ' }, { provider: 'openai', apiKey: 'sk-1' }],
  [
    azure, { endpoint: 'https://Ana.openai.azure.com/openai', apiKey: 'a1', deployments: '{"gpt-4o": "mine"}' },
    { provider: 'azure', endpoint: 'https://ana.openai.azure.com', apiKey: 'a1', deployments: { 'gpt-4o': 'mine' } },
  ],
  [bedrock, { region: 'us-east-1', credentials: 'ABSK1' }, { provider: 'bedrock', region: 'us-east-1', credentials: 'ABSK1' }],
  [
    custom, { baseUrl: 'https://llm.example.com:8443/api/v1/', apiKey: 'k' },
    { provider: 'custom', baseUrl: 'https://llm.example.com:8443/api/v1/', apiKey: 'k' },
  ],
])('For a managed vault it goes to the server by the names of the fields: %o', (vendor, typed, plain) => {
  const read = readForm(vendor, typed);
  expect('plain' in read && read.plain).toEqual(plain);
});

describe('What is wrong is said at its field, before anything is sealed', () => {
  test.each<[string, Provider, Typed, string, RegExp]>([
    ['nothing typed', openai, {}, 'apiKey', /missing/],
    ['a line break in a key', openai, { apiKey: 'sk-1\nsk-2' }, 'apiKey', /space or a line break/],
    ['a letter no key has', openai, { apiKey: 'sk-é' }, 'apiKey', /character that no key has/],
    ['a credential of ours', openai, { apiKey: mintCredential('km_live_') }, 'apiKey', /credential of KeyPass itself/],
    ['an address in the clear', custom, { baseUrl: 'http://llm.example.com/v1', apiKey: 'k' }, 'baseUrl', /https/],
    ['an address without a path', custom, { baseUrl: 'https://llm.example.com', apiKey: 'k' }, 'baseUrl', /path is missing/],
    ['a path no format knows', custom, { baseUrl: 'https://llm.example.com/a b', apiKey: 'k' }, 'baseUrl', /path may have/],
    ['a password in the address', custom, { baseUrl: 'https://a:b@llm.example.com/v1', apiKey: 'k' }, 'baseUrl', /nothing before an @/],
    ['no address', azure, { endpoint: 'ana', apiKey: 'k' }, 'endpoint', /not an address/],
    ['deployments that are no JSON', azure, { endpoint: 'https://a.b', apiKey: 'k', deployments: 'gpt-4o' }, 'deployments', /not JSON/],
    ['a list of deployments', azure, { endpoint: 'https://a.b', apiKey: 'k', deployments: '[]' }, 'deployments', /one JSON object/],
    ['a deployment without a name', azure, { endpoint: 'https://a.b', apiKey: 'k', deployments: '{"gpt-4o":1}' }, 'deployments', /name of one deployment/],
    ['half an access key', bedrock, { region: 'us-east-1', credentials: '{"accessKeyId":"A"}' }, 'credentials', /secretAccessKey/],
    ['a region that leads elsewhere', bedrock, { region: 'x.evil.example/', credentials: 'k' }, 'region', /small letters/],
    ['another file', vertex, { credentials: '{"type":"authorized_user"}' }, 'credentials', /service-account file/],
  ])('%s', (_, vendor, typed, at, sentence) => {
    const read = readForm(vendor, typed);
    expect('wrong' in read && read.wrong[at]).toMatch(sentence);
  });
});

describe('Rotating', () => {
  test('asks for the key alone: where it goes is what it was', () => {
    expect(readSecret(bedrock, { credentials: 'ABSK2' }, 'https://bedrock-runtime.eu-west-1.amazonaws.com')).toEqual({
      secret: '{"region":"eu-west-1","apiKey":"ABSK2"}', plain: { credentials: 'ABSK2' },
    });
    expect(readSecret(custom, { apiKey: 'k2' }, 'https://llm.example.com')).toEqual({ secret: 'k2', plain: { apiKey: 'k2' } });
    expect(readSecret(azure, { apiKey: 'a2' }, 'https://ana.openai.azure.com')).toEqual({ secret: '{"apiKey":"a2"}', plain: { apiKey: 'a2' } });
  });

  test('keeps which deployment serves which model, unless that was given anew', () => {
    const old = '{"apiKey":"a1","deployments":{"gpt-4o":"my\\u0020own"}}';
    expect(keepDeployments(old, '{"apiKey":"a2"}')).toBe('{"apiKey":"a2","deployments":{"gpt-4o":"my\\u0020own"}}');
    expect(keepDeployments(old, '{"apiKey":"a2","deployments":{"o3":"x"}}')).toBe('{"apiKey":"a2","deployments":{"o3":"x"}}');
  });
});

describe('Whose key it looks like', () => {
  const all = [openai, deepseek, anthropic, azure, custom];

  test.each([['sk-ant-1', ['anthropic']], ['sk-proj-1', ['openai', 'deepseek']], ['AIza', []], ['', []]])('%s', (pasted, ids) => {
    expect(looksLike(all, pasted).map(({ id }) => id)).toEqual(ids);
  });

  test('A key on a server of one’s own belongs to the one entry for those', () => {
    expect(providerOf(all, 'custom:/v1')).toBe(custom);
    expect(providerOf(all, 'nobody')).toBeUndefined();
  });
});
