const at = (id) => document.getElementById(id);
const [standing, connect, notes, question, answer, trouble] = ['standing', 'connect', 'notes', 'question', 'answer', 'trouble'].map(at);
const [troubleWords, more] = trouble.children;

async function call(path, body) {
  const response = await fetch(path, body === undefined ? {} : {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  if (response.ok) return response;
  const no = await response.json().catch(() => ({}));
  throw Object.assign(new Error(no.message ?? 'That did not work. Try again in a moment.'), { code: no.code });
}

const dollars = (nano) => new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD', maximumFractionDigits: 4 }).format(nano / 1e9);

async function showStanding() {
  const { status, budget } = await (await call('/api/connection')).json();
  connect.hidden = status === 'active';
  standing.textContent = status === 'active' && budget !== null
    ? `Connected. ${dollars(budget.spentNanoUsd)} of ${dollars(budget.limitCents * 1e7)} spent.`
    : status === 'active' ? 'Connected.'
      : status === null ? 'Not connected.' : `Your connection is ${status}.`;
}

/** Opens KeyPass. The same call connects a new visitor and asks a connected one for more. */
async function link() {
  tell(undefined);
  const { linkToken } = await (await call('/api/connection/begin', {})).json();
  const handler = KeyPass.create({
    token: linkToken,
    apiBaseUrl: document.documentElement.dataset.keypass,
    onSuccess: ({ publicToken }) => {
      // None where the connection was there already: its access token stays.
      void attempt(async () => {
        if (publicToken !== null) await call('/api/connection/finish', { publicToken });
        await showStanding();
        question.focus();
      });
    },
    onExit: (error) => { if (error !== null) tell(error); },
  });
  handler.open();
}

async function ask() {
  tell(undefined);
  answer.textContent = '';
  const response = await call('/api/ask', { text: question.value, notes: notes.value });
  const words = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (let part = await words.read(); !part.done; part = await words.read()) answer.append(part.value);
  } catch {
    throw new Error('The answer broke off. Ask again.');
  } finally {
    // What came of it is paid for.
    await showStanding();
  }
}

function tell(error) {
  trouble.hidden = error === undefined;
  if (error === undefined) return;
  const isUsedUp = error.code === 'budget_exceeded';
  troubleWords.textContent = isUsedUp ? 'What you allowed is used up, or too little for this question.' : error.message;
  more.hidden = !isUsedUp;
}

const attempt = (deed) => deed().catch(tell);

connect.addEventListener('click', () => { void attempt(link); });
more.addEventListener('click', () => { void attempt(link); });
at('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const send = at('send');
  if (send.hasAttribute('aria-disabled')) return;
  send.setAttribute('aria-disabled', 'true');
  void attempt(ask).finally(() => { send.removeAttribute('aria-disabled'); });
});
void attempt(showStanding);
