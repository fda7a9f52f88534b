// Answers surveys in a real browser, as customers do. Starts nothing: gets the address, the business, the secret that its till signs
// with, and the database, in which it looks for the links (a message may wait for the morning, its link does not).
//
//     node survey.mjs --url http://127.0.0.1:9400 --tenant ca-phe-som --secret BASE64 --database http://127.0.0.1:9402
//
// Each customer answers by a link of her own: without script and with it, at two sizes, in both languages, by keyboard alone, on two
// devices at once; with a step back, a page that is closed and opened again, and a form that is sent twice. Every page is looked
// at with axe, light and dark. Exit code 1 on any problem.

import { createHmac } from "node:crypto";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { SIZES, axeSource, examine, finish, isNotTooWide, problem, tabTo } from "./walk.mjs";

const { values: given } = parseArgs({
  options: {
    url: { type: "string" },
    tenant: { type: "string" },
    secret: { type: "string" },
    database: { type: "string" },
    browser: { type: "string", default: "/usr/bin/chromium" },
  },
});
const { url, tenant, secret, database, browser: executablePath } = given;
if (!url || !tenant || !secret || !database) {
  console.error("usage: node survey.mjs --url URL --tenant NAME --secret BASE64 --database URL [--browser PATH]");
  process.exit(2);
}

/** Largest page with its style, in bytes. */
const BYTES_MAX = 30 * 1024;
/** How long an invitation may take: a stream, and a slow machine. */
const INVITED_MS_MAX = 30_000;
/** What would run or break something if it were written as it is. */
const HOSTILE = "<img src=x onerror=\"document.title='run'\"> & </textarea><script>document.title='run'</script>";

let customers = 0;

/** The till tells of a visit; the link of the invitation that follows from it. */
async function invite() {
  customers += 1;
  const name = `Khách ${customers}`;
  const data = { phone: `09000000${String(customers).padStart(2, "0")}`, customer_name: name };
  const body = JSON.stringify({ type: "store.visited", data });
  const [id, time] = [`visit-${customers}`, Math.floor(Date.now() / 1000)];
  const signed = createHmac("sha256", Buffer.from(secret, "base64")).update(`${id}.${time}.${body}`).digest("base64");
  const answer = await fetch(`${url}/v1/${tenant}/events`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": String(time),
      "webhook-signature": `v1,${signed}`,
    },
    body,
  });
  if (!answer.ok) throw new Error(`the visit was not taken: ${answer.status} ${await answer.text()}`);
  const until = Date.now() + INVITED_MS_MAX;
  while (Date.now() < until) {
    for (const row of await notifications()) {
      const params = row.params?.M ?? {};
      if (params.customer_name?.S === name) return new URL(params.link.S).pathname;
    }
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error(`nobody invited ${name}`);
}

async function notifications() {
  const { TableNames } = await dynamodb("ListTables", {});
  const table = TableNames.find((name) => name.endsWith("-notifications"));
  const rows = [];
  let after;
  do {
    const page = await dynamodb("Scan", { TableName: table, ExclusiveStartKey: after });
    rows.push(...page.Items);
    after = page.LastEvaluatedKey;
  } while (after);
  return rows;
}

async function dynamodb(operation, request) {
  const answer = await fetch(database, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify(request),
  });
  return answer.json();
}

/** What the page asks: the id of its question, empty when it asks nothing. */
async function asked(page) {
  const field = page.locator("input[name='q']");
  return (await field.count()) === 0 ? "" : field.getAttribute("value");
}

async function expect(page, question, where) {
  const is = await asked(page);
  if (is !== question) throw new Error(`${where}: asks “${is}” and not “${question}”: ${await page.locator("main").innerText()}`);
  await isNotTooWide(page, `${where} ${question || "the end"}`);
}

/** Sends the form by a click. */
async function send(page) {
  await Promise.all([page.waitForNavigation(), page.locator("main form button").click()]);
}

async function choose(page, ...values) {
  for (const value of values) await page.locator(`input[name='a'][value='${value}']`).check();
  await send(page);
}

/** From the first question to the end, by a way with every kind of question, back and forth. */
async function byPointer(browser, scripted, size, language) {
  const where = `pointer, script ${scripted ? "on" : "off"}, ${size.width} px, ${language}`;
  const link = `${await invite()}?lang=${language}`;
  const context = await browser.newContext({ javaScriptEnabled: scripted, viewport: size });
  const page = await context.newPage();
  let bytes = 0;
  page.on("response", async (answer) => {
    if (answer.request().resourceType() === "document" && answer.status() === 200) {
      bytes = Math.max(bytes, (await answer.body().catch(() => "")).length);
    }
  });
  const first = await page.goto(url + link);
  const style = await (await fetch(url + (await page.locator("link[rel=stylesheet]").getAttribute("href")))).text();
  if (!first.headers()["content-security-policy"]?.startsWith("default-src 'none'")) problem(where, "no policy");
  if ((await page.locator("html").getAttribute("lang")) !== language) problem(where, "another language");
  await expect(page, "mood", where);
  await choose(page, "2");
  await expect(page, "wrong", where);
  // Back: the answer is there, and another one takes another way.
  await Promise.all([page.waitForNavigation(), page.locator("main a.button").click()]);
  await expect(page, "mood", where);
  if (!(await page.locator("input[value='2']").isChecked())) problem(where, "the answer is gone");
  await choose(page, "5");
  await expect(page, "parts", where);
  // Closed and opened again, elsewhere.
  await page.close();
  const again = await context.newPage();
  await again.goto(url + link);
  await expect(again, "parts", where);
  await again.locator("input[name='a.coffee'][value='3']").check();
  await send(again);
  await expect(again, "easy", where);
  await choose(again, "7");
  await expect(again, "again", where);
  await send(again);
  await expect(again, "words", where);
  await again.fill("textarea", HOSTILE);
  await send(again);
  await expect(again, "recommend", where);
  await Promise.all([again.waitForNavigation(), again.locator("main a.button").click()]);
  if ((await again.inputValue("textarea")) !== HOSTILE) problem(where, "the text is another one");
  if ((await again.title()).includes("run")) problem(where, "a text has run");
  await send(again);
  const last = again.url();
  await choose(again, "9");
  await expect(again, "", where);
  if (!/Hẹn gặp lại|See you/.test(await again.locator("main").innerText())) problem(where, "no thanks");
  // The form before it, sent once more.
  await again.goto(last);
  await expect(again, "", where);
  await again.goto(url + link);
  await expect(again, "", where);
  if (bytes === 0 || bytes + style.length > BYTES_MAX) problem(where, `${bytes} + ${style.length} bytes`);
  await context.close();
  console.log(`✓ ${where}: at most ${bytes} + ${style.length} bytes`);
}

/** By Tab, the arrows, Space and Enter, without script. */
async function byKeyboard(browser, size) {
  const where = `keyboard, ${size.width} px`;
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: size });
  const page = await context.newPage();
  await page.goto(url + (await invite()));
  const enter = async () => {
    await tabTo(page, "main form button");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  };
  await expect(page, "mood", where);
  await tabTo(page, "input[name='a'][value='1']");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowRight");
  await enter();
  await expect(page, "wrong", where);
  for (const value of ["wait", "noise"]) {
    await tabTo(page, `input[value='${value}']`);
    await page.keyboard.press("Space");
  }
  await enter();
  await expect(page, "parts", where);
  await enter();
  await expect(page, "easy", where);
  await tabTo(page, "main a.button");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await expect(page, "parts", where);
  await enter();
  await tabTo(page, "input[name='a'][value='1']");
  await page.keyboard.press("Space");
  await enter();
  await expect(page, "again", where);
  await enter();
  await expect(page, "words", where);
  await tabTo(page, "textarea");
  await page.keyboard.type("Ồn quá ạ");
  await enter();
  await expect(page, "recommend", where);
  await tabTo(page, "input[name='a'][value='0']");
  await page.keyboard.press("Space");
  await enter();
  await expect(page, "", where);
  if (!(await page.locator("main").innerText()).includes("Quán xin lỗi")) problem(where, "another end");
  await context.close();
  console.log(`✓ ${where}`);
}

/** One link on a phone and on a desk at the same time: one response comes of it. */
async function onTwoDevices(browser) {
  const where = "two devices";
  const link = await invite();
  const [phone, desk] = await Promise.all(
    SIZES.map(async (viewport) => {
      const page = await (await browser.newContext({ javaScriptEnabled: false, viewport })).newPage();
      await page.goto(url + link);
      return page;
    }),
  );
  await choose(phone, "5");
  await choose(desk, "1");
  await expect(phone, "parts", where);
  await expect(desk, "wrong", where);
  // The desk's answer stands, and so the phone is led there.
  await send(phone);
  await expect(phone, "wrong", where);
  await Promise.all([choose(phone, "noise"), choose(desk, "wait")]);
  for (const page of [phone, desk]) {
    for (let step = 0; step < 9 && (await asked(page)) !== ""; step += 1) {
      const question = await asked(page);
      if (["easy", "recommend"].includes(question)) await choose(page, "5");
      else await send(page);
    }
    await expect(page, "", where);
  }
  for (const page of [phone, desk]) await page.context().close();
  console.log(`✓ ${where}`);
}

/** Every page with axe, what is refused and what is over too. */
async function withAxe(browser, source) {
  const context = await browser.newContext({ bypassCSP: true, viewport: SIZES[0] });
  const page = await context.newPage();
  for (const language of ["vi", "en"]) {
    await page.goto(`${url}${await invite()}?lang=${language}`);
    for (let question = await asked(page); question !== ""; question = await asked(page)) {
      await page.emulateMedia({ colorScheme: "light" });
      await examine(page, `${question} ${language} axe`, source);
      // What has to be answered and is not: the browser is told not to mind, and the page says so.
      await page.locator("form").evaluate((form) => form.setAttribute("novalidate", ""));
      await send(page);
      if ((await asked(page)) === question) {
        if ((await page.locator("[role=alert]").count()) !== 1) problem(question, "nothing says what is wrong");
        await examine(page, `${question} ${language} refused axe`, source);
        await choose(page, { mood: "1", wrong: "wait", easy: "4", recommend: "3" }[question]);
      }
    }
    await examine(page, `the end ${language} axe`, source);
  }
  const nowhere = await page.goto(`${url}/s/AAAAAAAAAAA`);
  if (nowhere.status() !== 404) problem("/s/AAAAAAAAAAA", `status ${nowhere.status()}`);
  await examine(page, "no link axe", source);
  await context.close();
}

const source = await axeSource();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
  for (const scripted of [false, true]) {
    for (const [n, size] of SIZES.entries()) await byPointer(browser, scripted, size, n === 0 ? "vi" : "en");
  }
  for (const size of SIZES) await byKeyboard(browser, size);
  await onTwoDevices(browser);
  await withAxe(browser, source);
} catch (error) {
  problem("the walk", error.message);
} finally {
  await browser.close();
}
finish();
