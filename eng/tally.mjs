// Adds up what the runners of ./test wrote into a folder, shows what failed, and ends with `N passed, N failed`.
// A runner that wrote no result, or ran nothing, counts as a failure: silence is not success.
import { readdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2];
const files = readdirSync(folder);
const sum = { passed: 0, failed: 0, skipped: 0 };

for (const log of files.filter((name) => name.endsWith(".log"))) {
  const name = log.slice(0, -".log".length);
  const counts = name.endsWith(".check") ? readCheck(name) : name === "vitest" ? readVitest() : readTrx(name);
  if (counts.passed + counts.failed === 0) {
    counts.failed = 1;
    counts.details = [readFileSync(join(folder, log), "utf8").slice(-8000)];
  }
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
  console.log(`${name.replace(/\.check$/, "").padEnd(28)} ${counts.passed} passed, ${counts.failed} failed${skipped}`);
  for (const detail of counts.details) console.log(detail.replace(/^/gm, "    "));
  for (const kind of Object.keys(sum)) sum[kind] += counts[kind];
}

function readCheck(name) {
  const ok = existsSync(join(folder, `${name}.ok`));
  const details = ok ? [] : [readFileSync(join(folder, `${name}.log`), "utf8").slice(-8000)];
  return { passed: Number(ok), failed: Number(!ok), skipped: 0, details };
}

function readVitest() {
  const path = join(folder, "vitest.json");
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0, details: [] };
  const report = JSON.parse(readFileSync(path, "utf8"));
  const failures = report.testResults.flatMap((file) => [
    ...(file.status === "failed" && file.assertionResults.length === 0 ? [`${file.name}: ${file.message}`] : []),
    ...file.assertionResults.filter((test) => test.status === "failed").map((test) => `${test.fullName}\n${test.failureMessages.join("\n")}`),
  ]);
  return { passed: report.numPassedTests, failed: failures.length, skipped: report.numPendingTests, details: failures };
}

function readTrx(name) {
  const path = join(folder, `${name}.trx`);
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0, details: [] };
  const report = readFileSync(path, "utf8");
  const results = [...report.matchAll(
    /<UnitTestResult [^>]*testName="([^"]*)"[^>]*outcome="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/UnitTestResult>)/g)];
  const details = results
    .filter(([, , outcome]) => outcome === "Failed")
    .map(([, test, , inside]) => `${test}\n${text(inside, "Message")}\n${text(inside, "StackTrace")}`);
  const skipped = results.filter(([, , outcome]) => outcome === "NotExecuted");
  for (const [, test, , inside] of skipped) console.log(`  skipped: ${test}: ${text(inside, "Message") || text(inside, "StdOut")}`);
  // A crash after the last test, or a fixture that failed, is only in the summary.
  const failed = /<ResultSummary outcome="Failed"/.test(report) && details.length === 0;
  const broken = failed ? [`${name}: ${text(report, "Text") || "the run itself failed"}`] : [];
  const passed = results.filter(([, , outcome]) => outcome === "Passed").length;
  return { passed, failed: details.length + broken.length, skipped: skipped.length, details: [...details, ...broken] };
}

/** What an element of the report says, its escapes undone. */
function text(xml, element) {
  const found = xml?.match(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`))?.[1] ?? "";
  const plain = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#xD;": "", "&amp;": "&" };
  return found.trim().replace(/&(?:lt|gt|quot|#xD|amp);/g, (escape) => plain[escape]);
}

if (sum.skipped > 0) console.log(`${sum.skipped} skipped, for the reasons above`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed > 0 ? 1 : 0;
