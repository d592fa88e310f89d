// Everything here makes a page quicker or kinder; every page works without it. Listeners sit on the document, so that they also hold
// for parts that htmx brings in later. No dependency on the page's order.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const typing = (el) => el instanceof HTMLElement && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName));

  // `/` goes to the page's search, or to its first filter.
  // j and k walk the rows of a list, x picks one, Enter opens it (the link has the focus).
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector("[data-search], .filters input[type=search], .filters input");
      if (search) { event.preventDefault(); search.focus(); search.select?.(); }
      return;
    }
    if (event.key === "j" || event.key === "k") {
      const rows = [...document.querySelectorAll("a.row")].filter((row) => row.offsetParent);
      if (!rows.length) return;
      const at = rows.findIndex((row) => row.closest("tr")?.contains(document.activeElement));
      const next = event.key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0);
      rows[next].focus();
      rows[next].scrollIntoView({ block: "nearest" });
    }
    if (event.key === "x") {
      const pick = document.activeElement?.closest("tr")?.querySelector("input.pick");
      if (pick) { pick.click(); event.preventDefault(); }
    }
  });

  // The pipeline. Arrow keys walk the cards, of which one is in the order of the Tab key; M, a click on Move and a drop ask what leads
  // on in a dialog, which shows the page that the same act opens without script.
  const board = document.querySelector("[data-board]");
  if (board) {
    const cards = () => [...board.querySelectorAll("li, tbody tr")].filter((card) => card.offsetParent);
    const link = (card) => card.querySelector("a.row");
    const reach = (card, index) => { for (const part of card.querySelectorAll("a, input, button")) part.tabIndex = index; };
    const walk = (card) => {
      if (!card) return;
      for (const other of cards()) if (other !== card) reach(other, -1);
      reach(card, 0);
    };
    const isBoard = board.matches(".board");
    if (isBoard) walk(cards()[0]);
    board.addEventListener("focusin", (event) => { if (isBoard) walk(event.target.closest("li")); });
    const ask = async (card, to) => {
      const from = card.closest("form").elements.from.value;
      const address = `/pipeline/move?${new URLSearchParams({ who: card.querySelector(".pick").value, to, from })}`;
      let answer;
      try { answer = await fetch(address); } catch { answer = null; }
      const main = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      if (!main) { location.assign(address); return; }
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", main.querySelector("h1").textContent);
      const body = document.createElement("div");
      body.className = "stack";
      const title = document.createElement("h2");
      title.textContent = `Move ${main.querySelector("h1").textContent}`;
      main.querySelector(".crumbs")?.remove();
      main.querySelector("h1").replaceWith(title);
      body.append(...document.adoptNode(main).childNodes);
      dialog.append(body);
      dialog.addEventListener("click", (event) => {
        if (event.target.closest("[data-close]")) { event.preventDefault(); dialog.close(); }
      });
      dialog.addEventListener("close", () => { dialog.remove(); link(card).focus(); });
      document.body.append(dialog);
      dialog.showModal();
    };
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      const card = document.activeElement?.closest("[data-board] li, [data-board] tbody tr");
      if (!card || (typing(event.target) && event.target.type !== "checkbox")) return;
      if (event.key === "m" || event.key === "M") { event.preventDefault(); ask(card, ""); return; }
      if (event.key === "x" && isBoard) { event.preventDefault(); card.querySelector(".pick").click(); return; }
      const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
      const way = ways[event.key];
      if (!way || !isBoard) return;
      event.preventDefault();
      const columns = [...board.children].map((column) => [...column.querySelectorAll("li")]).filter((column) => column[0]?.offsetParent);
      const x = columns.findIndex((column) => column.includes(card));
      const y = columns[x].indexOf(card);
      const column = columns[x + way[0]];
      const next = column?.[Math.min(way[0] ? y : y + way[1], column.length - 1)];
      if (next) { link(next).focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
    });
    board.addEventListener("click", (event) => {
      const button = event.target.closest("button[name=move]");
      if (button) { event.preventDefault(); ask(button.closest("li, tr"), ""); }
    });
    document.querySelector("[data-all]")?.addEventListener("click", (event) => {
      event.preventDefault();
      const boxes = cards().map((card) => card.querySelector(".pick"));
      const all = boxes.every((box) => box.checked);
      for (const box of boxes) box.checked = !all;
    });
    // Dragging: the card itself, and not the link in it.
    let dragged = null;
    for (const card of isBoard ? cards() : []) { card.draggable = true; link(card).draggable = false; }
    const column = (event) => (dragged ? event.target.closest?.(".board > section") : null);
    const over = (section) => { for (const one of board.children) one.classList.toggle("over", one === section); };
    board.addEventListener("dragstart", (event) => {
      dragged = event.target.closest("li");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", dragged?.id ?? "");
    });
    board.addEventListener("dragover", (event) => { if (column(event)) { event.preventDefault(); over(column(event)); } });
    board.addEventListener("dragend", () => { dragged = null; over(null); });
    board.addEventListener("drop", (event) => {
      const section = column(event);
      if (!section) return;
      event.preventDefault();
      const card = dragged;
      over(null);
      if (section !== card.closest("section")) ask(card, section.dataset.stage);
    });
  }

  // The explanation beside a list follows the row that was opened; on a narrow screen, where it stands below, it comes into view.
  document.addEventListener("htmx:after:swap", (event) => {
    const row = event.target;
    if (!row.matches?.("a.row[hx-target]")) return;
    for (const old of row.closest("tbody").querySelectorAll("tr.selected")) {
      old.classList.remove("selected");
      old.querySelector("a.row")?.removeAttribute("aria-current");
    }
    row.closest("tr").classList.add("selected");
    row.setAttribute("aria-current", "true");
    const panel = document.querySelector(row.getAttribute("hx-target"));
    if (panel && panel.getBoundingClientRect().top > innerHeight * 0.7) panel.scrollIntoView({ block: "start" });
  });

  // A form with unsaved changes asks before the page is left; sending it is not leaving it.
  let dirty = false;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.method === "post" && !event.target.closest("[data-picker-search]")) dirty = true;
  });
  document.addEventListener("submit", () => { dirty = false; }, true);
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  // A form is sent once: the second click of a double click does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { delete form.dataset.sent; }, 4000);
  });
  addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

  // A long list of skills: the search hides what does not match; ticked ones always stay. Without script the whole list is there.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  document.addEventListener("input", (event) => {
    const search = event.target.closest?.("[data-picker-search]");
    if (!search) return;
    const wanted = plain(search.value.trim());
    for (const item of search.closest("[data-picker]").querySelectorAll("[data-picker-item]")) {
      const words = plain(item.dataset.pickerItem || item.textContent);
      const chosen = item.querySelector(":checked:not([value='']), option:checked:not([value=''])");
      item.hidden = wanted !== "" && !words.includes(wanted) && !chosen;
    }
  });
  // The search box would send the form on Enter.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("[data-picker-search]")) event.preventDefault();
  });

  // A file can be dropped on its field, and its name and size are said.
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const zone = event.target.closest?.("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        const input = zone.querySelector("input[type=file]");
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  // A button with data-confirm="what will happen" asks in a dialog first.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (!button || button.dataset.sure) return;
    event.preventDefault();
    const dialog = document.createElement("dialog");
    const words = document.createElement("p");
    const acts = document.createElement("form");
    const yes = document.createElement("button");
    const no = document.createElement("button");
    words.textContent = button.dataset.confirm;
    acts.method = "dialog";
    acts.className = "acts end";
    no.className = "btn";
    no.textContent = "Not now";
    yes.className = "btn danger";
    yes.value = "yes";
    yes.textContent = button.textContent.trim();
    acts.append(no, yes);
    dialog.append(words, acts);
    dialog.setAttribute("aria-label", "Please confirm");
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      const sure = dialog.returnValue === "yes";
      dialog.remove();
      button.focus();
      if (sure) { button.dataset.sure = "yes"; button.click(); delete button.dataset.sure; }
    });
    dialog.showModal();
  });

  // From a refusal back to the form: the browser's own way back brings along what was typed. Without script the link opens the page.
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("a[data-back]") || history.length < 2 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.back();
  });

  // An upload shows how far it is. The answer is an address (sent) or the page again with what is wrong; without script the form does
  // the same by itself.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-upload]") || event.defaultPrevented) return;
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) return;
    event.preventDefault();
    const box = form.querySelector("[data-upload-progress]");
    const bar = box.querySelector("progress");
    const words = box.querySelector("[role=status]");
    const button = form.querySelector("[type=submit]");
    const stopped = (text) => { words.textContent = text; bar.hidden = true; button.disabled = false; };
    box.hidden = false;
    bar.hidden = false;
    button.disabled = true;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    request.upload.addEventListener("progress", (step) => {
      if (!step.lengthComputable) return;
      const percent = Math.floor(step.loaded * 100 / step.total);
      bar.value = percent;
      words.textContent = percent < 100 ? `${percent} %` : "Sent; storing it";
    });
    request.addEventListener("load", () => {
      const target = request.getResponseHeader("Location");
      if (request.status === 201 && target) { location.assign(target); return; }
      const main = new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main");
      if (!main) { stopped("It was not taken. Reload the page and try again."); return; }
      document.querySelector("main").replaceWith(document.adoptNode(main));
      document.querySelector(".errors")?.focus();
    });
    request.addEventListener("error", () => stopped("The connection broke before the file was whole. Nothing was lost: send it again."));
    request.send(new FormData(form));
  }, true);

  // Of tabs that do not fit, the one that is open is in sight.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    row.scrollLeft = Math.max(0, tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2);
  }

  // What needs to be read first has the focus: the summary of errors, or else the message about what was done.
  const announce = () => (document.querySelector(".errors") ?? document.querySelector(".flash"))?.focus({ preventScroll: false });
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", announce) : announce();
})();
