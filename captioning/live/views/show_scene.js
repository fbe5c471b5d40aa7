// The live scene: things are moved by pointer, finger or arrow keys, and the captioner says at once what it sees.

import { pageModel } from "./page_model.js";
import { sceneInWords } from "./reading.js";
import { kindsOf, moveIn, settled } from "./room.js";
import { samplerSession } from "./sampler_session.js";
import { needed } from "./session.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const [STEP, LEAP] = [0.02, 0.1]; // of an arrow key, without and with the shift key
const NAMES = ["First thing", "Second thing"];
const NOTHING = "nothing";

export async function show({ el, settings: { scene: given, ...settings }, ask }) {
  const world = await ask({ do: "world" }, ...needed({ ...TABLES.traits, ...settings }));
  const shown = { ...world, supersampling: 2 }; // for people; the network sees what the world says
  const places = ENGINE.chances(world, given).places;
  let scene = { background: given.background, time: given.time, weather: given.weather, variation: given.variation };
  let things = given.things.map((thing, at) => ({ ...thing, x: places[at].x, y: places[at].y }));
  let [anywhere, moved, wish, notes] = [false, 0, null, []];
  const skyOf = () => ENGINE.chances(world, { ...scene, things: [], relation: "alone" });
  let sky = skyOf(); // clouds and drops: they stay, whatever is moved

  const model = pageModel({ ...TABLES.traits, ...settings, silence: "There is no answer yet; this computer is slow, or busy." }, {
    changed: (names) => session.changed(names),
    received: (message) => session.told(message),
  });
  const session = samplerSession(ask, () => model);

  const canvas = make("canvas", { role: "img", width: TABLES.shown, height: TABLES.shown });
  const over = make("div", { class: "attention", "aria-hidden": "true" });
  const handles = make("div");
  const what = make("figcaption");
  const hint = make("p", { class: "quiet", id: newId() }, "Drag a thing, or choose it with the Tab key and move it with the arrow keys.");
  const stage = make("figure", {}, make("div", { class: "picture" }, canvas, over, handles), what, hint);
  const choices = make("div", { class: "choices" });

  /** Draw what there is; a promise of the captions. */
  const update = () => {
    const wished = things.map((thing, at) => (wish && at === moved ? { ...thing, ...wish } : thing));
    const { things: placed, relation, order } = settled(world, wished, moved, anywhere);
    things = placed;
    const now = { things: order.map((at) => (({ kind, colour, size }) => ({ kind, colour, size }))(things[at])), relation, ...scene };
    const spots = order.map((at) => ({ x: things[at].x, y: things[at].y, side: world.scales[things[at].size], flip: false, turn: 0 }));
    const chance = { ...sky, places: spots };
    const pixels = ENGINE.draw(shown, now, TABLES.shown, chance);
    canvas.getContext("2d").putImageData(new ImageData(pixels, TABLES.shown, TABLES.shown), 0, 0);
    what.textContent = sceneInWords(now);
    canvas.setAttribute("aria-label", `What there is: ${what.textContent}`);
    placeHandles();
    return session.taken({ scene: now, chance });
  };
  const move = (at, x, y) => {
    [moved, wish] = [at, { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) }];
    update();
  };

  /** An invisible button over a thing, by which it is moved. */
  const handle = (at) => {
    let grip = null; // from the pointer to the foot
    const where = ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return { x: (clientX - left) / width, y: (clientY - top) / height };
    };
    return make("button", {
      type: "button", class: "thing", "data-key": `thing-${at}`, "aria-roledescription": "thing to move", "aria-describedby": hint.id,
      onpointerdown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const { x, y } = where(event);
        grip = { x: things[at].x - x, y: things[at].y - y };
      },
      onpointermove: (event) => {
        if (!grip) return;
        const { x, y } = where(event);
        move(at, x + grip.x, y + grip.y);
      },
      onlostpointercapture: () => (grip = wish = null),
      onkeydown: (event) => {
        if (!(event.key in ARROWS)) return;
        event.preventDefault();
        const [right, down] = ARROWS[event.key].map((way) => way * (event.shiftKey ? LEAP : STEP));
        const from = wish && moved === at ? wish : things[at];
        move(at, from.x + right, from.y + down);
      },
      onblur: () => (wish = null),
    });
  };
  const placeHandles = () => {
    if (handles.children.length !== things.length) redraw(handles, ...things.map((_, at) => handle(at)));
    things.forEach(({ kind, colour, size, x, y }, at) => {
      const side = world.scales[size];
      const box = { left: x - side / 2, top: y - side, width: side, height: side };
      const { style } = handles.children[at];
      for (const [name, share] of Object.entries(box)) style[name] = `${100 * share}%`;
      style.zIndex = Math.round(100 * y); // what stands further to the front
      handles.children[at].setAttribute("aria-label", `${size} ${colour} ${kind}`);
    });
  };

  /** Change things or scene by hand. */
  const set = (at, changed) => {
    const next = things.map((thing, slot) => (slot === at ? { ...thing, ...changed } : thing));
    [moved, wish] = [Math.max(at, 0), null];
    if (at < 0) scene = { ...scene, ...changed };
    if (!TABLES.weathersOf[scene.background].includes(scene.weather)) scene.weather = "clear";
    sky = skyOf();
    ({ things, notes } = moveIn(world, scene, next));
    update();
    drawChoices();
  };
  const choose = (at, kind) => {
    if (kind === NOTHING) things = things.slice(0, 1);
    else if (!things[at]) things = [things[0], { kind, colour: "red", size: "large", x: 1 - things[0].x, y: 0.9 }];
    set(Math.min(at, things.length - 1), kind === NOTHING ? {} : { kind });
  };
  const pick = (key, label, options, value, choose) => choice(label, options, value, choose, { "data-key": key }).element;
  const thingChoices = (at) => {
    const thing = things[at];
    const offered = kindsOf(world, scene, things[1 - at]?.kind);
    const kinds = at ? [NOTHING, ...offered] : offered;
    const parts = [pick(`kind-${at}`, "Kind", kinds, thing?.kind ?? NOTHING, (kind) => choose(at, kind))];
    const looks = { colour: ["Colour", TABLES.colours], size: ["Size", Object.keys(world.scales)] };
    for (const [name, what] of thing ? Object.entries(looks) : [])
      parts.push(pick(`${name}-${at}`, ...what, thing[name], (value) => set(at, { [name]: value })));
    const isNew = thing && TABLES.heldOut.some(([kind, colour]) => kind === thing.kind && colour === thing.colour);
    const mark = make("p", { class: "held-out" }, `◆ ${thing?.colour} ${thing?.kind}: it never saw this in training.`);
    return make("fieldset", {}, make("legend", {}, NAMES[at]), ...parts, isNew ? mark : null);
  };
  const drawChoices = () => {
    const weathers = TABLES.weathersOf[scene.background];
    const around = {
      background: ["Where", Object.keys(TABLES.weathersOf)], time: ["When", TABLES.times], weather: ["Weather", weathers],
    };
    const all = Object.entries(around).map(([name, what]) => pick(name, ...what, scene[name], (value) => set(-1, { [name]: value })));
    const free = make("input", { type: "checkbox", "data-key": "free", checked: anywhere, onchange: () => { anywhere = free.checked; set(moved, {}); } });
    redraw(
      choices, thingChoices(0), thingChoices(1), make("fieldset", {}, make("legend", {}, "Around them"), ...all),
      make("label", { class: "free" }, free, " Things may stand anywhere, also where no training picture has them"),
      notes.length ? make("p", { class: "quiet", role: "status" }, notes.join(" ")) : null,
    );
  };

  begin(model, el, "Live scene");
  el.classList.add("live-scene");
  await update();
  drawChoices();
  const { captions, told, words, status } = saying(model, over);
  layOut(el, [stage, captions, told], [choices, controls(model)]);
  el.append(words, status);
}
