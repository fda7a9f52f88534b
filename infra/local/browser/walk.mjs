// What every walk needs: problems that are counted, widths, axe, and the keyboard.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

/** A small phone, and a desk. */
export const SIZES = [
  { width: 320, height: 640 },
  { width: 1280, height: 800 },
];
export const LANGUAGES = ["vi", "en"];
/** Most presses of Tab on the way to anything. */
const TABS_MAX = 150;

const problems = [];
export function problem(where, what) {
  problems.push(`${where}: ${what}`);
  console.log(`✗ ${where}: ${what}`);
}

/** Ends the process: 1 when anything was wrong. */
export function finish() {
  console.log(problems.length === 0 ? "Everything is as it should be." : `${problems.length} problems`);
  process.exit(problems.length === 0 ? 0 : 1);
}

export function axeSource() {
  return readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
}

export async function isNotTooWide(page, where) {
  const wide = await page.locator("html").evaluate((root) => root.scrollWidth - root.clientWidth);
  if (wide > 0) problem(where, `scrolls sideways by ${wide} px`);
}

/** Looks at the page with axe, light and dark. */
export async function examine(page, where, source) {
  await page.evaluate(source);
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
    for (const { id, nodes } of violations) {
      problem(`${where} ${scheme}`, `${id}: ${nodes.map((node) => node.html).slice(0, 3).join(" | ")}`);
    }
    if (passes.length === 0) problem(where, "axe looked at nothing");
  }
  console.log(`✓ ${where}`);
}

/** Presses Tab until the element with the focus is the one that `wanted` finds. */
export async function tabTo(page, selector) {
  const wanted = page.locator(selector).first();
  if ((await wanted.count()) === 0) throw new Error(`there is no ${selector} on ${page.url()}`);
  for (let presses = 0; presses < TABS_MAX; presses += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) {
      const outline = await wanted.evaluate((element) => getComputedStyle(element).outlineStyle);
      if (outline === "none") problem(page.url(), `${selector} does not show its focus`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} on ${page.url()} is not reached by Tab`);
}
