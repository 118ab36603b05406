// Brings new mails into the list. It only ever adds to what is there: what someone reads or has focused stays in place.
"use strict";

const SECONDS = 2;

async function look() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [here, there] = [document, page].map((where) => where.getElementById("mails"));
  if (here.dataset.newest === there.dataset.newest) return;
  show(here, there);
  const news = document.getElementById("news");
  news.textContent = news.dataset.text;
}

function show(here, there) {
  const known = new Set([...here.querySelectorAll("a")].map((link) => link.href));
  const list = here.querySelector("ul");
  if (list) {
    const fresh = [...there.querySelectorAll("li")].filter((item) => !known.has(item.querySelector("a").href));
    list.prepend(...fresh);
  } else {
    here.replaceChildren(...there.childNodes);
  }
  here.dataset.newest = there.dataset.newest;
}

setInterval(() => document.hidden || look().catch(() => {}), SECONDS * 1000);
