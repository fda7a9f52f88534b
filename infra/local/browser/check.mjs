// Walks the console in a real browser. Starts nothing: gets the address, the business and the key.
//
//     node check.mjs --url http://127.0.0.1:9400 --tenant ca-phe-som --key cham_ca-phe-som_local --ghn SECRET [--shots DIR]
//
// Three walks: every page in both languages and at two sizes without script (status, title, no scrolling sideways, size);
// the same pages once more with axe, which needs script and so gets a context of its own that passes the policy by; and two
// tasks by keyboard alone: from login to a resumed rule, and a parcel that nobody knows, which a hook with the carrier's path
// secret brings first, given to a customer. Prints a line for each page; exit code 1 on any problem.

import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { LANGUAGES, SIZES, axeSource, examine, finish, isNotTooWide, problem, tabTo } from "./walk.mjs";

const { values: given } = parseArgs({
  options: {
    url: { type: "string" },
    tenant: { type: "string" },
    key: { type: "string" },
    ghn: { type: "string" },
    browser: { type: "string", default: "/usr/bin/chromium" },
    shots: { type: "string" },
  },
});
const { url, tenant, key, ghn, browser: executablePath, shots } = given;
if (!url || !tenant || !key || !ghn) {
  console.error("usage: node check.mjs --url URL --tenant NAME --key KEY --ghn SECRET [--browser PATH] [--shots DIR]");
  process.exit(2);
}

/** Largest page, in bytes. */
const PAGE_BYTES_MAX = 60_000;
/** What is said by hand is carried out by the next minute; as much again for a slow machine. */
const MINUTE_S = 120;
const LISTS = ["held", "failed", "unknown", "refused", "shadow", "stuck", "parked", "conflict"];
/** Somebody of the recorded day, by the order, and a rule of the demo tenant that has sent something. */
const SOUGHT = "DH0001";
const RULE = "payment-received";
/** A rule that gives codes of a pool away. */
const GIVING = "price-asked";
/** A parcel of which nobody has said whose it is, and the page that gives it to a customer. */
const PARCEL = "Z9NOBODY";
const ATTACH = `/console/attach?thing=shipment%3Aghn%3A${PARCEL}`;
/** A cursor that leads nowhere. */
const ASTRAY = "/console/lists/failed?cursor=astray";
const STATUS = { "/console/nowhere": 404, [ASTRAY]: 400 };

/** The carrier speaks of a parcel that no order knows, and the event waits. */
async function park() {
  const answer = await fetch(`${url}/hooks/${tenant}/ghn/${ghn}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ OrderCode: PARCEL, Status: "picked", Time: new Date().toISOString(), Type: "switch_status" }),
  });
  if (!answer.ok) throw new Error(`the parcel was not taken: ${answer.status}`);
}

async function logIn(page) {
  await page.goto(`${url}/console/login`);
  await page.fill("#tenant", tenant);
  await page.fill("#key", key);
  await page.press("#key", "Enter");
  await page.waitForURL(`${url}/console`);
}

/** Every page that there is to walk: fixed ones, and those that the day's customer leads to. */
async function pages(page) {
  await page.goto(`${url}/console/search?q=${SOUGHT}`);
  const customer = await page.locator("main a[href^='/console/customers/']").first().getAttribute("href");
  await page.goto(url + customer);
  const notification = await page.locator("main a[href^='/console/notifications/']").first().getAttribute("href");
  await page.goto(`${url}/console/cases`);
  const opened = await page.locator("main a[href^='/console/cases/']").first().getAttribute("href");
  return [
    "/console",
    `/console/search?q=${SOUGHT}`,
    "/console/search?q=zzzz",
    customer,
    `${customer}/points/diem`,
    `${customer}/points/diem/explain`,
    "/console/surveys",
    "/console/surveys/csat-delivery",
    "/console/surveys/store-visit?days=365",
    "/console/surveys/store-visit/answers",
    "/console/cases",
    opened,
    "/console/points",
    "/console/points/boards/top-month",
    notification,
    ...LISTS.map((list) => `/console/lists/${list}`),
    "/console/rules",
    `/console/rules/${RULE}`,
    `/console/rules/${GIVING}`,
    "/console/rules/cham",
    ATTACH,
    ASTRAY,
    "/console/nowhere",
  ];
}

function inLanguage(path, language) {
  return `${path}${path.includes("?") ? "&" : "?"}lang=${language}`;
}

async function look(page, path, size, language, at) {
  const where = `${path} ${language} ${size.width}x${size.height}`;
  const answer = await page.goto(url + inLanguage(path, language));
  const body = await answer.body();
  const expected = STATUS[path] ?? 200;
  if (answer.status() !== expected) problem(where, `status ${answer.status()}`);
  if (body.length > PAGE_BYTES_MAX) problem(where, `${body.length} bytes`);
  if ((await page.locator("html").getAttribute("lang")) !== language) problem(where, "another language");
  if ((await page.locator("h1").count()) !== 1) problem(where, "not one heading of the first level");
  if ((await page.locator("script").count()) !== 0) problem(where, "there is a script");
  await isNotTooWide(page, where);
  if (shots) {
    await mkdir(shots, { recursive: true });
    const name = `${at}-${path.replaceAll(/[^a-z0-9]+/g, "_").slice(0, 40)}-${language}-${size.width}.png`;
    await page.screenshot({ path: `${shots}/${name}`, fullPage: true });
  }
  console.log(`✓ ${where} ${body.length} bytes`);
}

async function axe(page, path, language, source) {
  const where = `${path} ${language} axe`;
  await page.goto(url + inLanguage(path, language));
  await examine(page, where, source);
}

/** Those whom a thing can be given to stand on a page that is posted for, so that no number stands in an address. */
async function found(page, asked, size, source) {
  const where = `${ATTACH} ${asked} ${size.width}`;
  await page.setViewportSize(size);
  await page.goto(url + inLanguage(ATTACH, "vi"));
  await page.fill("#q", asked);
  await Promise.all([page.waitForNavigation(), page.press("#q", "Enter")]);
  if (page.url().includes(encodeURIComponent(asked))) problem(where, "what was looked for stands in the address");
  if ((await page.locator(`main form[action='${ATTACH}'] button`).count()) === 0) problem(where, "nobody to choose");
  await isNotTooWide(page, where);
  await examine(page, where, source);
}

async function press(page, selector, expected) {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  if (!expected.test(page.url())) throw new Error(`${selector} led to ${page.url()}`);
  console.log(`✓ keyboard ${new URL(page.url()).pathname}`);
}

/** From the login to a rule that is paused and goes on, without a pointer and without script. */
async function byKeyboard(page) {
  await page.goto(`${url}/console/login`);
  await tabTo(page, "#tenant");
  await page.keyboard.type(tenant);
  await tabTo(page, "#key");
  await page.keyboard.type(key);
  await press(page, "main button", /\/console$/);
  await tabTo(page, "#search");
  await page.keyboard.type(SOUGHT);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await press(page, "main a[href^='/console/customers/']", /\/console\/customers\//);
  await press(page, "main a[href^='/console/notifications/']", /\/console\/notifications\//);
  await press(page, "main a[href^='/console/rules/']", /\/console\/rules\//);
  await press(page, "main form[action='/console/pause'] button", /done=paused/);
  await press(page, "main form[action='/console/resume'] button", /done=resumed/);
}

/** A case that a low score has opened: taken, noted and closed. */
async function closeByKeyboard(page) {
  await logIn(page);
  await press(page, "nav a[href='/console/cases']", /\/console\/cases$/);
  await press(page, "main a[href^='/console/cases/']", /\/console\/cases\/\d+-/);
  for (const [field, word, verb, done] of [
    ["#owner", "Mai", "take", /done=taken/],
    ["#note", "Đã gọi khách", "note", /done=noted/],
    ["#done", "Quán đã xin lỗi.", "close", /done=closed/],
  ]) {
    await tabTo(page, field);
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(word);
    await press(page, `main form[action$='/${verb}'] button`, done);
  }
  if ((await page.locator("main form").count()) !== 0) problem(page.url(), "a closed case takes more");
}

/** A parcel that nobody knows is given to the customer of an order; once more changes nothing. */
async function attachByKeyboard(page) {
  await logIn(page);
  await page.goto(`${url}/console/lists/parked?lang=vi`);
  await press(page, `main a[href='${ATTACH}']`, /\/console\/attach\?thing=/);
  await tabTo(page, "#q");
  await page.keyboard.type(SOUGHT);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  const customer = await page.locator("main input[name='customer']").first().inputValue();
  await press(page, `main form[action='${ATTACH}'] button`, /lists\/parked\?done=attached/);
  for (let second = 0; ; second += 1) {
    await page.goto(`${url}/console/customers/${customer}`);
    if ((await page.getByText("Đã gắn vào khách bằng tay").count()) === 1) break;
    if (second > MINUTE_S) throw new Error("the parcel was not attached within a minute");
    await page.waitForTimeout(1_000);
  }
  await page.goto(`${url}/console/lists/parked`);
  if ((await page.locator(`main a[href='${ATTACH}']`).count()) !== 0) problem("/console/lists/parked", "it still waits");
  await page.goto(url + ATTACH);
  if ((await page.locator("main form").count()) !== 0) problem(ATTACH, "it can be given away again");
  console.log("✓ keyboard attached");
}

const source = await axeSource();
const chrome = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  await park();
  const plain = await chrome.newContext({ javaScriptEnabled: false, viewport: SIZES[0] });
  const page = await plain.newPage();
  await page.goto(`${url}/console`);
  if (new URL(page.url()).pathname !== "/console/login") problem("/console", "opens without a login");
  for (const [n, size] of SIZES.entries()) {
    await page.setViewportSize(size);
    for (const language of LANGUAGES) await look(page, "/console/login", size, language, `0${n}`);
  }
  await logIn(page);
  await page.goto(`${url}/console/`);
  if (new URL(page.url()).pathname !== "/console") problem("/console/", `leads to ${page.url()}`);
  const all = await pages(page);
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const [n, path] of all.entries()) {
      for (const language of LANGUAGES) await look(page, path, size, language, String(n + 10));
    }
  }
  await plain.close();

  const scripted = await chrome.newContext({ bypassCSP: true, viewport: SIZES[1] });
  const examined = await scripted.newPage();
  for (const language of LANGUAGES) await axe(examined, "/console/login", language, source);
  await logIn(examined);
  for (const path of all) for (const language of LANGUAGES) await axe(examined, path, language, source);
  await examined.setViewportSize(SIZES[0]);
  for (const path of all) await axe(examined, path, "vi", source);
  for (const size of SIZES) {
    for (const asked of [SOUGHT, "0987 654 321"]) await found(examined, asked, size, source);
  }
  await scripted.close();

  const keys = await chrome.newContext({ javaScriptEnabled: false, viewport: SIZES[1] });
  await byKeyboard(await keys.newPage());
  await keys.clearCookies();
  await closeByKeyboard(await keys.newPage());
  await keys.clearCookies();
  await attachByKeyboard(await keys.newPage());
  await keys.close();
} catch (error) {
  problem("the walk", error.message);
} finally {
  await chrome.close();
}
finish();
