// The two catalogues in one form: { provider, id, also, context, maxOutput, periods: [{ from, rates, above: [{ inputTokens, rates }] }] }.
// Rates are nano-USD for a million of what is counted, under the names of the server's UsageClass.
import { readFileSync } from "node:fs";

/** The vendors of ProviderCatalog, and what each catalogue calls them. */
export const PROVIDERS = [
  { id: "openai", piAi: "openai", genai: "openai" },
  { id: "anthropic", piAi: "anthropic", genai: "anthropic" },
  { id: "google", piAi: "google", genai: "google" },
  { id: "groq", piAi: "groq", genai: "groq" },
  { id: "mistral", piAi: "mistral", genai: "mistral" },
  { id: "deepseek", piAi: "deepseek", genai: "deepseek" },
  { id: "xai", piAi: "xai", genai: "x-ai" },
  { id: "openrouter", piAi: "openrouter", genai: "openrouter" },
  { id: "together", piAi: "together", genai: "together" },
  { id: "fireworks", piAi: "fireworks", genai: "fireworks" },
  { id: "cohere", genai: "cohere" },
  { id: "azure", piAi: "azure", genai: "azure" },
  { id: "bedrock", piAi: "amazon-bedrock", genai: "aws" },
  // Google's own there, and Claude: with the prices of the vendors' own APIs where the catalogues have no other.
  { id: "vertex", piAi: "google-vertex", genai: "google" },
];

/** genai-prices' names: how many of what we count its unit holds. */
const UNITS = {
  input_mtok: ["input", 1e6],
  cache_read_mtok: ["cachedInput", 1e6],
  cache_write_mtok: ["cacheWrite", 1e6],
  cache_write_1h_mtok: ["cacheWriteLong", 1e6],
  output_mtok: ["output", 1e6],
  // Reasoning is output: where it has a price of its own, the higher of the two counts.
  output_reasoning_mtok: ["output", 1e6],
  input_audio_mtok: ["inputAudio", 1e6],
  cache_audio_read_mtok: ["cachedInputAudio", 1e6],
  output_audio_mtok: ["outputAudio", 1e6],
  input_image_mtok: ["inputImage", 1e6],
  cache_image_read_mtok: ["cachedInputImage", 1e6],
  output_image_mtok: ["outputImage", 1e6],
  audio_hours: ["audioMilliseconds", 3_600_000],
  input_audio_hours: ["audioMilliseconds", 3_600_000],
  web_searches_kcount: ["webSearches", 1e3],
  storage_searches_kcount: ["fileSearches", 1e3],
  requests_kcount: ["requests", 1e3],
};

/** Whole nano-USD for a million; what the decimals of the catalogues lose as floating point is put right, a true fraction rounded up. */
export function rate(usd, unit = 1e6) {
  const exact = usd * 1e9 * (1e6 / unit);
  return Math.abs(exact - Math.round(exact)) < 1e-3 ? Math.round(exact) : Math.ceil(exact);
}

export function readPiAi() {
  const file = JSON.parse(readFileSync(new URL("pi-ai.json", import.meta.url), "utf8"));
  const models = file.models.map(({ provider, id, cost, contextWindow, maxTokens }) => ({
    provider, id, also: [], context: contextWindow, maxOutput: maxTokens,
    periods: [{ rates: piRates(cost), above: (cost.tiers ?? []).map((tier) => ({ inputTokens: tier.inputTokensAbove, rates: piRates(tier) })) }],
  }));
  return { source: file.source, date: file.date, models: models.filter(({ id, periods }) => hasPrice(id, periods[0].rates)) };
}

/** Nought means "unknown" there as often as "free"; a name that says free is believed. */
function hasPrice(id, { input, output }) {
  return input > 0 || output > 0 || id.endsWith(":free");
}

function piRates(cost) {
  const rates = { input: rate(cost.input), output: rate(cost.output) };
  if (cost.cacheRead > 0) rates.cachedInput = rate(cost.cacheRead);
  if (cost.cacheWrite > 0) rates.cacheWrite = rate(cost.cacheWrite);
  return rates;
}

export async function readGenai(today) {
  const { waitForUpdate } = await import("@pydantic/genai-prices");
  const vendors = new Map((await waitForUpdate()).map((vendor) => [vendor.id, vendor]));
  return PROVIDERS.flatMap(({ id: provider, genai }) => vendors.get(genai).models.map((model) => ({
    provider, id: plainName(model.id), also: namesIn(model.match).map(plainName), context: model.context_window,
    periods: periods(model.prices, today).filter(({ rates }) => Object.keys(rates).length > 0 || model.id.endsWith(":free"))
      .map((period) => (Object.keys(period.rates).length > 0 ? period : { ...period, rates: { input: 0, output: 0 } })),
  }))).filter((model) => model.periods.length > 0);
}

/** Beginnings that a match rule names end in a dash; Bedrock's name for "not global" is the one without a region. */
function plainName(name) {
  return name.replace(/^regional\./, "").replace(/-2024-$/, "").replace(/-$/, "");
}

/** The names that a model is matched by as a whole or by its beginning: as whole names. Beginnings would swallow the next model's name. */
function namesIn(match) {
  if (match.or) return match.or.flatMap(namesIn);
  return [match.equals ?? match.starts_with].filter(Boolean);
}

/** By date of beginning. Hours of the day are no periods of ours: the dearest hour counts. */
function periods(prices, today) {
  if (!Array.isArray(prices)) return [period(prices)];
  const found = [];
  for (const { constraint, prices: given } of prices) {
    const one = { ...period(given), ...(constraint?.type === "start_date" ? { from: constraint.start_date } : {}) };
    if (constraint?.type === "time_of_date") found.push({ ...dearer(found.pop(), one) });
    else found.push(one);
  }
  // Nothing was metered here before this file: of what is over only the last is kept, as the price in force.
  const inForce = found.findLastIndex(({ from }) => from === undefined || from <= today);
  return found.slice(inForce).map((one, index) => (index === 0 ? { ...one, from: undefined } : one));
}

function period(given) {
  const rates = {};
  const starts = new Set();
  for (const [name, price] of Object.entries(given)) {
    const [kind, unit] = UNITS[name] ?? [];
    if (!kind) continue;
    rates[kind] = Math.max(rates[kind] ?? 0, rate(price.base ?? price, unit));
    for (const { start } of price.tiers ?? []) starts.add(start);
  }
  const above = [...starts].sort((a, b) => a - b).map((inputTokens) => ({ inputTokens, rates: ratesAbove(given, inputTokens) }));
  return { rates, above };
}

function ratesAbove(given, inputTokens) {
  const rates = {};
  for (const [name, price] of Object.entries(given)) {
    const [kind, unit] = UNITS[name] ?? [];
    if (kind && price.tiers) rates[kind] = rate(price.tiers.findLast(({ start }) => start <= inputTokens)?.price ?? price.base, unit);
  }
  return rates;
}

/** Two prices of the same thing: of each class the higher, at each length of input. A class that one does not have is the other's. */
export function dearer(one, other) {
  const starts = [...new Set([...one.above, ...other.above].map(({ inputTokens }) => inputTokens))].sort((a, b) => a - b)
    // 271,999 and 272,000 are two ways to say the same: the lower stands for both.
    .filter((start, index, all) => index === 0 || start - all[index - 1] > 0.01 * start);
  return {
    from: one.from ?? other.from,
    rates: higher(one.rates, other.rates),
    above: starts.map((inputTokens) => ({ inputTokens, rates: higher(at(one, inputTokens), at(other, inputTokens)) })),
  };
}

function at({ rates, above }, inputTokens) {
  return { ...rates, ...above.findLast((tier) => tier.inputTokens <= inputTokens * 1.01)?.rates };
}

function higher(one, other) {
  const kinds = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(kinds.map((kind) => [kind, Math.max(one[kind] ?? 0, other[kind] ?? 0)]));
}
