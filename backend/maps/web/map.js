"use strict";
// The map beside the lists of the page (backend/maps/web_map.py). It draws /v1/maps/style with MapLibre and asks for
// parts of the page itself: what is in view, what is here. Nothing is written into the page that the server did not.

const REACH = 14; // pixels: so near counts as pointed at
const PAUSE = 250; // ms after the last move, or the last letter
const OUR_ZOOM = 1; // the house counts zooms in tiles of 256 pixels, MapLibre in tiles of 512
const NEAR = 16;

const byId = (id) => document.getElementById(id);
const box = byId("map");
const form = byId("ask");
const words = JSON.parse(box.dataset.words);
const bounds = JSON.parse(box.dataset.bounds);
const say = (name, count) => words[name].replace("{count}", count);
const night = matchMedia("(prefers-color-scheme: dark)");
const switches = [...form.querySelectorAll("input[name=layer]")];
let map;
let pin;

function later(act) {
  let waits;
  return (...said) => {
    clearTimeout(waits);
    waits = setTimeout(() => act(...said), PAUSE);
  };
}

// ── asking the server ──

const asking = {};

async function ask(what, address) {
  asking[what]?.abort();
  const mine = (asking[what] = new AbortController());
  try {
    const answer = await fetch(address, { signal: mine.signal });
    if (!answer.ok) throw new Error(answer.status);
    return await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return null;
    tell(say("away"));
    return null;
  }
}

function tell(said) {
  byId("said").textContent = said;
}

// The part of the page about these layers: those that are drawn at this zoom, of those that are on.
async function showPart(part, more) {
  const wish = new URLSearchParams(new FormData(form));
  wish.delete("q");
  wish.delete("layer");
  for (const each of switches) if (each.checked && !tooFar(each)) wish.append("layer", each.value);
  for (const [name, value] of Object.entries({ part, ...more })) wish.set(name, value);
  const text = await ask(part, `/map?${wish}`);
  if (text === null) return false;
  byId(part).replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
  return true;
}

async function listView() {
  const view = map.getBounds();
  const edges = [view.getWest(), view.getSouth(), view.getEast(), view.getNorth()];
  if (await showPart("list", { bbox: edges.map((edge) => edge.toFixed(6)).join() })) {
    tell(say("in-view", byId("list").querySelectorAll("[data-id]").length));
  }
}

async function sayHere(at, focus) {
  pin ??= new maplibregl.Marker({ element: Object.assign(document.createElement("div"), { className: "pin" }), anchor: "bottom" });
  pin.setLngLat(at).addTo(map);
  pin.getElement().removeAttribute("tabindex");
  pin.getElement().setAttribute("aria-hidden", "true");
  const metres = (REACH * 40075016.7 * Math.cos((at.lat * Math.PI) / 180)) / (512 * 2 ** map.getZoom());
  const there = { at: `${at.lat.toFixed(6)},${at.lng.toFixed(6)}`, within: Math.min(metres, 300).toFixed(1) };
  if (!(await showPart("here", there))) return;
  byId("here").scrollIntoView({ block: "nearest" });
  if (focus) byId("here").querySelector("h2").focus();
}

// ── the map ──

async function style() {
  const answer = await ask("style", `/v1/maps/style?night=${night.matches}`);
  if (answer === null) return null;
  const told = JSON.parse(answer);
  // MapLibre before 5.11 wants an address of letters to draw any; nothing is fetched from it: see inOurOwnLetters.
  told.glyphs ??= `${location.origin}/{fontstack}/{range}`;
  for (const layer of told.layers) {
    const of = switches.find((each) => each.value === layer.metadata?.layer);
    if (of) layer.layout.visibility = of.checked ? "visible" : "none";
  }
  return told;
}

// MapLibre from 5.11 on writes all words in the browser's letters where there are no others. Before, only Chinese ones.
function inOurOwnLetters() {
  const letters = map.style.glyphManager;
  if (letters) Object.getPrototypeOf(letters)._doesCharSupportLocalGlyph = () => true;
}

async function draw() {
  const look = await style();
  if (!look) return;
  map = new maplibregl.Map({
    container: box,
    style: look,
    bounds,
    fitBoundsOptions: { padding: 20 },
    hash: "map",
    minZoom: 9,
    maxZoom: 20,
    maxPitch: 0,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    localIdeographFontFamily: "system-ui, sans-serif",
    locale: {
      "Map.Title": words.map,
      "NavigationControl.ZoomIn": words.in,
      "NavigationControl.ZoomOut": words.out,
      "GeolocateControl.FindMyLocation": words.mine,
      "GeolocateControl.LocationNotAvailable": words["mine-not"],
      "AttributionControl.ToggleAttribution": words.credits,
      "ScaleControl.Feet": words.feet,
      "ScaleControl.Miles": words.miles,
      "ScaleControl.Meters": words.metres,
      "ScaleControl.Kilometers": words.kilometres,
    },
  });
  inOurOwnLetters();
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.addControl(new maplibregl.GeolocateControl({ positionOptions: { enableHighAccuracy: true }, trackUserLocation: true }));
  map.addControl(new maplibregl.AttributionControl({ compact: false, customAttribution: box.dataset.illustration || undefined }));
  map.addControl(new maplibregl.ScaleControl({ unit: "imperial" }), "top-left");
  map.addControl(new maplibregl.ScaleControl({ unit: "metric" }), "top-left");
  map.on("click", (event) => sayHere(event.lngLat, false));
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key === "Enter") sayHere(map.getCenter(), true);
  });
  map.on("moveend", later(listView));
  map.on("zoomend", markFar);
  night.addEventListener("change", async () => {
    const changed = await style();
    if (!changed) return;
    map.setStyle(changed);
    inOurOwnLetters();
  });
  markFar();
  listView();
}

// At once for whoever wants no motion: so the end of the move is awaited before it begins.
function goTo(at) {
  map.once("moveend", () => sayHere(at, true));
  map.flyTo({ center: at, zoom: Math.max(map.getZoom(), NEAR), duration: 800 });
}

// ── layers on and off ──

function tooFar(of) {
  return map !== undefined && Number(of.dataset.from) > map.getZoom() + OUR_ZOOM;
}

function markFar() {
  for (const each of switches) {
    const row = each.closest("label");
    let note = row.querySelector(".far");
    if (tooFar(each) && !note) {
      note = Object.assign(document.createElement("small"), { className: "far", textContent: say("closer") });
      row.lastElementChild.append(" ", note);
    } else if (!tooFar(each)) note?.remove();
  }
}

function switched() {
  keepInAddress();
  if (!map) return;
  for (const layer of map.getStyle().layers) {
    const of = switches.find((each) => each.value === layer.metadata?.layer);
    if (of) map.setLayoutProperty(layer.id, "visibility", of.checked ? "visible" : "none");
  }
  listView();
}

// The address after # says which layers are on, beside where the map is: it can be kept and sent.
function keepInAddress() {
  const kept = location.hash.slice(1).split("&").filter((part) => part && !part.startsWith("layers="));
  kept.push(`layers=${switches.filter((each) => each.checked).map((each) => each.value).join()}`);
  history.replaceState(history.state, "", `#${kept.join("&")}`);
}

function readAddress() {
  const said = location.hash.slice(1).split("&").find((part) => part.startsWith("layers="));
  if (said === undefined) return;
  const names = decodeURIComponent(said.slice("layers=".length)).split(",");
  for (const each of switches) each.checked = names.includes(each.value);
}

// ── finding places: a combobox with a listbox (WAI-ARIA 1.2) ──

const field = byId("q");
const places = byId("places");
let active = -1;

function close() {
  places.hidden = true;
  active = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function activate(number) {
  const options = [...places.children];
  if (!options.length) return;
  active = (number + options.length) % options.length;
  options.forEach((option, at) => option.setAttribute("aria-selected", at === active));
  field.setAttribute("aria-activedescendant", options[active].id);
  options[active].scrollIntoView({ block: "nearest" });
}

function option(place, number) {
  const made = document.createElement("li");
  Object.assign(made, { id: `place-${number}`, textContent: place.title });
  made.setAttribute("role", "option");
  made.setAttribute("aria-selected", "false");
  const more = [place.detail, place.illustration && say("illustration")].filter(Boolean).join(". ");
  if (more) made.append(" ", Object.assign(document.createElement("small"), { textContent: more }));
  made.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    choose(place);
  });
  made.place = place;
  return made;
}

async function find() {
  const q = field.value.trim();
  if (!q) return close();
  const text = await ask("places", `/v1/maps/places?${new URLSearchParams({ q, limit: 8 })}`);
  if (text === null) return;
  const { items } = JSON.parse(text);
  places.replaceChildren(...items.map(option));
  active = -1;
  places.hidden = !items.length;
  field.setAttribute("aria-expanded", String(items.length > 0));
  tell(items.length ? say("places", items.length) : say("no-place"));
}

function choose(place) {
  field.value = place.title;
  close();
  if (!map) return;
  goTo(new maplibregl.LngLat(place.where.lon, place.where.lat));
}

async function submitted(event) {
  event.preventDefault();
  if (places.hidden) await find();
  const option = places.children[Math.max(active, 0)];
  if (option) choose(option.place);
}

function keyed(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    activate(event.key === "ArrowDown" ? active + 1 : Math.max(active, 0) - 1);
  } else if (event.key === "Escape") close();
}

// ── from a list to its place on the map ──

function followed(event) {
  const link = event.target.closest("a[data-at]");
  if (!link || !map) return;
  event.preventDefault();
  const [lat, lng] = link.dataset.at.split(",").map(Number);
  goTo(new maplibregl.LngLat(lng, lat));
}

function begin() {
  document.documentElement.classList.add("drawn");
  const said = Object.assign(document.createElement("p"), { id: "said" });
  said.setAttribute("role", "status");
  byId("list").before(said);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-controls", "places");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.addEventListener("input", later(find));
  field.addEventListener("keydown", keyed);
  field.addEventListener("blur", close);
  form.addEventListener("submit", submitted);
  for (const each of switches) each.addEventListener("change", switched);
  byId("list").addEventListener("click", followed);
  readAddress();
  draw().catch(() => {
    document.documentElement.classList.remove("drawn");
    tell(say("no-map"));
  });
}

begin();
