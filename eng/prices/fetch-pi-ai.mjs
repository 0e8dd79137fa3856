// Takes what the price book needs out of @earendil-works/pi-ai and writes it beside this file, so that nobody else needs the package. It cannot
// be a dev dependency: it asks for a package that is not published (@earendil-works/pi-schema), and for vendors' SDKs that its data do not need.
// Run it after changing the version here: node eng/prices/fetch-pi-ai.mjs
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROVIDERS } from "./catalogues.mjs";

const version = "1.5.2";
const date = "2026-11-10";
const integrity = "2tWPSnV3qzfiDIY3aWluBag3vC++Vs+VsXt/UquSU5onPMohPih72FUhIhaqmDdMYubOgB3Byl9uF4Vk40JLvQ==";

const folder = mkdtempSync(join(tmpdir(), "pi-ai-"));
try {
  execFileSync("npm", ["pack", "--silent", `@earendil-works/pi-ai@${version}`], { cwd: folder });
  const tarball = join(folder, `earendil-works-pi-ai-${version}.tgz`);
  const found = createHash("sha512").update(readFileSync(tarball)).digest("base64");
  if (found !== integrity) throw new Error(`pi-ai ${version} is not the package that was reviewed: its sha512 is ${found}`);
  execFileSync("tar", ["xzf", tarball], { cwd: folder });
  const models = PROVIDERS.filter(({ piAi }) => piAi).flatMap(({ id, piAi }) => read(id, piAi));
  const head = {
    source: `@earendil-works/pi-ai ${version}`, date,
    licence: "MIT, as its package.json says; the package carries no licence file. What stands here are prices and limits out of its data files.",
  };
  const lines = models.map((model) => `    ${JSON.stringify(model)}`).join(",\n");
  writeFileSync(new URL("pi-ai.json", import.meta.url), `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "models": [\n${lines}\n  ]\n}\n`);
  console.log(`${models.length} models of pi-ai ${version}`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Chat models only: those of other kinds have no prices there, or share the name of a chat model. */
function read(provider, file) {
  const data = JSON.parse(readFileSync(join(folder, "package/dist/providers/data", `${file}.json`), "utf8"));
  const seen = new Set();
  return Object.values(data).flatMap((models) => Object.values(models))
    .filter(({ id, type }) => type === "chat" && !seen.has(id) && seen.add(id))
    .map(({ id, cost, contextWindow, maxTokens }) => ({ provider, id, cost, contextWindow, maxTokens }));
}
