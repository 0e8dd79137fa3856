// Merges the two catalogues into src/Server/Pricing/prices.json. Of two prices for one thing the higher counts, and is told about here;
// what neither has is filled by the rules of docs/PRICES.md, never by nought.
//   node eng/prices/make.mjs           writes the file
//   node eng/prices/make.mjs --check   fails where the file is not what this would write
import { readFileSync, writeFileSync } from "node:fs";
import { PROVIDERS, dearer, readGenai, readPiAi } from "./catalogues.mjs";

const KINDS = [
  "input", "cachedInput", "cacheWrite", "cacheWriteLong", "output", "inputAudio", "cachedInputAudio", "outputAudio", "inputImage", "cachedInputImage",
  "outputImage", "audioMilliseconds", "characters", "images", "webSearches", "fileSearches", "requests",
];
/** By vendor, for each search of a chat model: 10 $ a thousand at OpenAI and Anthropic, 2.50 $ for OpenAI's file search, 5 and 10 $ at xAI. */
const SEARCHES = {
  openai: { webSearches: 10e12, fileSearches: 2.5e12 },
  azure: { webSearches: 10e12, fileSearches: 2.5e12 },
  anthropic: { webSearches: 10e12 },
  vertex: { webSearches: 10e12 },
  xai: { webSearches: 5e12, fileSearches: 10e12 },
};
const target = new URL("../../src/Server/Pricing/prices.json", import.meta.url);

export async function make(log = () => {}) {
  const piAi = readPiAi();
  const genai = await readGenai(piAi.date);
  const { version } = JSON.parse(readFileSync(new URL("../../node_modules/@pydantic/genai-prices/package.json", import.meta.url), "utf8"));
  const models = PROVIDERS.flatMap(({ id }) => merge(id, ofProvider(piAi.models, id), ofProvider(genai, id), log));
  models.push(...borrowed(models, "azure", "openai", () => true), ...borrowed(models, "vertex", "anthropic", ({ id }) => id.startsWith("claude-")));
  const head = {
    version: `${piAi.date}, pi-ai ${piAi.source.split(" ")[1]}, genai-prices ${version}`,
    made: "By eng/prices/make.mjs; rates are nano-USD for a million. Change prices-own.json or the generator, not this.",
    notices: [
      "Prices out of @pydantic/genai-prices: MIT License, Copyright (c) Pydantic Services Inc. 2025 to present; the permission is in eng/prices/NOTICES.md.",
      "Prices and limits out of @earendil-works/pi-ai: MIT, as its package.json says.",
    ],
  };
  const lines = models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "models": [\n${lines}\n  ]\n}\n`;
}

function ofProvider(models, provider) {
  return models.filter((model) => model.provider === provider);
}

function merge(provider, piAi, genai, log) {
  const byName = new Map();
  for (const model of genai) for (const name of [...model.also, model.id]) byName.set(name.toLowerCase(), model);
  const byDate = new Map(genai.map((model) => [undated(model.id), model]));
  const taken = new Set();
  const merged = piAi.map((model) => {
    const other = byName.get(model.id.toLowerCase()) ?? byDate.get(undated(model.id));
    if (other?.id.toLowerCase() === model.id.toLowerCase()) taken.add(other);
    return { ...model, ...together(model, other, log) };
  });
  merged.push(...genai.filter((model) => !taken.has(model)).map((model) => ({ ...model, source: "genai-prices" })));
  const ids = new Set(merged.map(({ id }) => id.toLowerCase()));
  const also = new Map();
  for (const { id, also: names } of genai)
    for (const name of names.map((each) => each.toLowerCase())) if (!ids.has(name)) also.set(name, id);
  return merged.sort((a, b) => (a.id < b.id ? -1 : 1)).flatMap((model) => entries(provider, {
    ...model, also: [...also].filter(([, id]) => id === model.id).map(([name]) => name).sort(),
  }));
}

/** What the same model is called with another date, or in a region of Bedrock's that has no price of its own. */
function undated(id) {
  return id.toLowerCase().replace(/^(us|eu|apac|jp|au|ca|in|us-gov)\./, "").replace(/-v\d+(:\d+)?$/, "").replace(/-(\d{8}|\d{4}-\d\d-\d\d)$/, "");
}

function together(model, other, log) {
  if (!other) return { source: "pi-ai" };
  const [own] = model.periods;
  const same = agrees(own, other.periods[0]);
  if (!same) log(`${model.provider} ${model.id}: pi-ai ${JSON.stringify(own)}, genai-prices ${JSON.stringify(other.periods[0])}`);
  return {
    also: other.also, context: Math.max(model.context ?? 0, other.context ?? 0), periods: other.periods.map((period) => dearer(period, own)),
    source: same ? "both" : "higher of both",
  };
}

/** Of the classes that both price. */
function agrees(one, other) {
  return Object.keys(one.rates).every((kind) => other.rates[kind] === undefined || other.rates[kind] === one.rates[kind])
    && one.above.length === other.above.length;
}

function entries(provider, { id, also, context, maxOutput, source, periods }) {
  // A window that ends where dearer input begins is somebody's choice and not the model's: unknown is better than too small.
  const window = periods.some(({ above }) => above.some(({ inputTokens }) => inputTokens >= 0.99 * context)) ? undefined : context;
  return periods.map(({ from, rates, above }, index) => {
    const filled = fill(provider, id, rates);
    const tiers = above.map((tier) => ({ inputTokens: tier.inputTokens, rates: tokensOf(fill(provider, id, { ...rates, ...tier.rates })) }));
    return {
      provider, id, ...(also.length > 0 ? { also } : {}), ...(window ? { context: window } : {}), ...(maxOutput ? { maxOutput } : {}), source,
      ...(from ? { from } : {}), ...(periods[index + 1] ? { to: periods[index + 1].from } : {}), rates: filled, ...(tiers.length > 0 ? { above: tiers } : {}),
    };
  });
}

/** A class that no catalogue prices costs what it would without the cache, or more: it is never free because it is unknown. */
function fill(provider, id, given) {
  const rates = { ...given };
  const isChat = rates.input !== undefined && rates.output !== undefined;
  if (isChat) {
    const isClaude = id.includes("claude");
    rates.cachedInput ??= rates.input;
    rates.cacheWrite ??= isClaude ? Math.ceil(rates.input * 1.25) : rates.input;
    rates.cacheWriteLong ??= isClaude ? rates.input * 2 : rates.cacheWrite;
    for (const [kind, price] of Object.entries(SEARCHES[provider] ?? {})) rates[kind] ??= price;
  }
  return Object.fromEntries(KINDS.filter((kind) => rates[kind] !== undefined).map((kind) => [kind, rates[kind]]));
}

/** Length of input changes what tokens cost, not what a search does. */
function tokensOf(rates) {
  return Object.fromEntries(Object.entries(rates).filter(([kind]) => KINDS.indexOf(kind) < KINDS.indexOf("audioMilliseconds")));
}

/** What one vendor sells of another's and no catalogue prices there: at the maker's own price, and said to be approximate. */
function borrowed(models, provider, maker, which) {
  const names = new Set(models.filter((model) => model.provider === provider).flatMap(({ id, also = [] }) => [id.toLowerCase(), ...also]));
  return models.filter((model) => model.provider === maker && which(model) && !names.has(model.id.toLowerCase()))
    .map(({ also, ...model }) => ({ ...model, provider, source: `${model.source}, as ${maker}`, approximate: true,
      ...(also?.some((name) => !names.has(name)) ? { also: also.filter((name) => !names.has(name)) } : {}) }));
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const isCheck = process.argv.includes("--check");
  const text = await make(isCheck ? undefined : console.log);
  if (!isCheck) writeFileSync(target, text);
  else if (readFileSync(target, "utf8") !== text) {
    console.error("src/Server/Pricing/prices.json is not what eng/prices/make.mjs writes: run it, and review the difference.");
    process.exitCode = 1;
  }
}
