"use strict";
// Draws the snapshots that arrive by server-sent events. Text is only ever set as text, never as HTML.

const MARKS = { high: "▲", medium: "◆", low: "●", info: "○" };
const at = (id) => document.getElementById(id);

function make(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

const clock = (ms) => new Date(ms).toLocaleTimeString();

async function press(path) {
  at("said").textContent = "…";
  try {
    const answer = await fetch(path, { method: "POST", headers: { "X-Chevet-Page": "1" } });
    at("said").textContent = (await answer.json()).said;
  } catch (error) {
    at("said").textContent = `The page's server did not answer: ${error.message}`;
  }
}

function drawBeat(beat) {
  if (beat === null) return make("small", "beat", "no heartbeat yet");
  if (beat.online) return make("small", "beat on", `● online · heard ${ago(beat.age)} ago`);
  return make("small", "beat off", `✕ offline since ${clock(beat.since)}`);
}

function drawWay(homes) {
  at("way").replaceChildren(...homes.map((home) => {
    const stop = (title, text) => make("div", "stop", make("b", "", title), make("span", "", text));
    const hop = home.link === "cut" ? make("span", "hop cut", "✕ link cut") : make("span", "hop", home.mode === "push" ? "→" : "←");
    const account = home.account;
    const sum = account === null
      ? make("span", "account", make("small", "", "the ledger begins after three minutes"))
      : make("span", account.missing ? "account waiting" : "account",
        `produced ${account.produced.toLocaleString()} · stored ${account.stored.toLocaleString()} · `,
        make("b", "", account.missing ? `on the way ${account.missing.toLocaleString()}` : "nothing missing"));
    return make("div", "home",
      make("div", "name", make("b", "", home.gateway), make("small", "", `${home.name}, ${home.mode}`), drawBeat(home.heartbeat)),
      stop("sensors", `${home.published.toLocaleString()} messages`), make("span", "hop", "→"),
      stop("gateway", home.waiting === null ? "…" : `${home.waiting.toLocaleString()} on their way`), hop,
      stop("service", home.service), make("span", "hop", "→"),
      stop("Prometheus", home.stored), sum);
  }));
}

function drawPatients(columns, patients) {
  const head = make("tr", "", make("th", "", "patient"), make("th", "", "gateway"), ...columns.map((one) => make("th", "", one.title)));
  at("patients").tHead.replaceChildren(head);
  at("patients").tBodies[0].replaceChildren(...patients.map((patient) => make("tr", "",
    make("td", "", patient.name), make("td", "", make("small", "", patient.gateway)),
    ...columns.map((column) => {
      const value = patient.values[column.key];
      if (!value) return make("td", "none", "–");
      return make("td", value.stale ? "stale" : value.severity || "",
        make("span", "value", `${value.shown} `), make("small", "", column.unit),
        make("span", "age", ` ${ago(value.age)}`));
    }))));
}

function drawRules(rules, alerts, hangs) {
  if (hangs) {
    at("alerts-count").textContent = "the service hangs: these are what it last told";
    return;
  }
  const open = `${alerts.filter((one) => one.cleared_at === null).length} open`;
  const loaded = rules.loaded ? `${rules.loaded} rules at work` : "rules are being loaded";
  const heard = rules.heard ? `, last heard of ${ago(Date.now() - rules.heard)} ago` : "";
  at("alerts-count").textContent = `${open} · ${loaded}${heard}`;
}

function drawAlerts(alerts) {
  at("alerts").replaceChildren(...alerts.map((alert) => {
    const open = alert.cleared_at === null;
    const state = [open ? `for ${ago(Date.now() - alert.onset)}` : `cleared ${clock(alert.cleared_at)}`, alert.late ? "late" : null,
      alert.seen_by.length ? `seen by ${alert.seen_by.join(" and ")}` : null,
      alert.calls ? `${alert.calls} SMS` : null, alert.taken_by ? `taken by ${alert.taken_by}` : null].filter(Boolean).join(" · ");
    const take = open && !alert.taken_by && alert.kind === "clinical" ? make("button", "", "Take it as the nurse") : null;
    if (take) take.addEventListener("click", () => press(`/actions/take/${encodeURIComponent(alert.id)}`));
    const runbook = make("a", "", "runbook");
    runbook.href = alert.runbook;
    const first = open && alert.first ? make("small", "first", `${alert.first} `, runbook) : null;
    return make("li", `${alert.severity} ${open ? "open" : "cleared"}`,
      make("span", "mark", MARKS[alert.severity]),
      make("div", "what", make("b", "", alert.what), ` ${alert.name}`, make("small", "", `${clock(alert.onset)} · ${alert.severity}, ${alert.kind} · ${state}`), first),
      take ?? make("span", ""));
  }));
  if (!alerts.length) at("alerts").replaceChildren(make("li", "", make("span", ""), make("small", "", "None yet: the first episode begins within a minute.")));
}

function drawPhone(messages) {
  at("sms").replaceChildren(...messages.map((one) => make("li", "", make("small", "", `${clock(one.at)} · to …${one.to.slice(-2)}`), one.text)));
  if (!messages.length) at("sms").replaceChildren(make("li", "empty", "No message yet."));
}

// A mail stays where it is, open or not, for a frame that is moved loads again: new ones come in front, old ones go.
function drawMails(mails) {
  const list = at("mails");
  const ids = new Set(mails.map((one) => one.id));
  for (const node of [...list.children]) if (mails.length ? !ids.has(node.dataset.id) : node.dataset.id) node.remove();
  const there = new Set([...list.children].map((node) => node.dataset.id));
  for (const one of [...mails].reverse()) if (!there.has(one.id)) list.prepend(mailOf(one));
  if (!list.children.length) list.append(make("li", "empty", "No mail: operations have nothing to do."));
}

function mailOf(one) {
  const summary = make("summary", "", make("small", "", `${clock(one.at)} · ${one.sender} → ${one.to}${one.reads ? `, ${one.reads}` : ""}`), make("b", "", one.subject));
  const folded = make("details", "", summary);
  folded.addEventListener("toggle", () => {
    if (!folded.open || folded.querySelector("iframe")) return;
    const frame = document.createElement("iframe");
    frame.title = one.subject;
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
    frame.src = `/mails/${encodeURIComponent(one.id)}`;
    folded.append(frame);
  });
  const item = make("li", "", folded);
  item.dataset.id = one.id;
  return item;
}

function drawButtons(buttons) {
  const key = JSON.stringify(buttons);
  if (at("buttons").dataset.key === key) return;
  at("buttons").dataset.key = key;
  const groups = new Map();
  for (const one of buttons) {
    const button = make("button", "", one.title);
    button.setAttribute("aria-pressed", String(one.pressed));
    button.addEventListener("click", () => press(one.path));
    groups.set(one.group, [...(groups.get(one.group) ?? []), button]);
  }
  at("buttons").replaceChildren(...[...groups].map(([group, nodes]) => make("fieldset", "", make("legend", "", group), ...nodes)));
}

function drawFurther(links) {
  const key = JSON.stringify(links);
  if (at("further").dataset.key === key) return;
  at("further").dataset.key = key;
  at("further").replaceChildren(...links.map((one) => {
    if (one.command) return make("li", "", one.title, make("code", "", one.command));
    const link = make("a", "", one.title);
    link.href = one.url;
    return make("li", "", link);
  }));
}

const source = new EventSource("/events");
source.onerror = () => { at("live").textContent = "the page's server does not answer; trying again …"; };
source.onmessage = (event) => {
  const snapshot = JSON.parse(event.data);
  at("live").textContent = `live · ${clock(snapshot.now)}`;
  at("progress").textContent = snapshot.progress;
  drawWay(snapshot.homes);
  drawPatients(snapshot.columns, snapshot.patients);
  drawRules(snapshot.rules, snapshot.alerts, snapshot.hangs);
  drawAlerts(snapshot.alerts);
  drawPhone(snapshot.sms);
  drawMails(snapshot.mails);
  drawButtons(snapshot.buttons);
  drawFurther(snapshot.further);
};
