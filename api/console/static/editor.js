// The procedure editor: completes keys and words by the JSON Schema of a procedure, moves to a fault, follows
// the page's theme. CodeMirror comes with NiceGUI; its module is asked for by the name the page maps.
"use strict";

let ruleSchema = null;

async function completeRules(schema) {
  ruleSchema = schema;
  const editor = await shownEditor();
  const CM = await import("nicegui-codemirror");
  const source = { autocomplete: (context) => completions(context) };
  const label = document.querySelector(".writing").getAttribute("aria-label");
  const spread = [
    CM.EditorState.languageData.of(() => [source]),
    CM.EditorView.contentAttributes.of({ "aria-label": label }),
  ];
  editor.dispatch({ effects: CM.StateEffect.appendConfig.of(spread) });
  followTheme();
}

function shownEditor() {
  return new Promise((resolve) => {
    const look = () => {
      const view = editorOf(document.querySelector(".nicegui-codemirror"));
      if (view) resolve(view);
      else setTimeout(look, 50);
    };
    look();
  });
}

function editorOf(element) {
  return element && getElement(parseInt(element.id.slice(1), 10))?.editor;
}

function followTheme() {
  const element = document.querySelector(".nicegui-codemirror");
  const host = element && getElement(parseInt(element.id.slice(1), 10));
  host?.setTheme(document.body.classList.contains("body--dark") ? "vscodeDark" : "vscodeLight");
}

// ---- the schema at the place of the cursor ------------------------------------------------

function resolved(schema) {
  let found = schema;
  for (let n = 0; found?.$ref && n < 20; n++) found = ruleSchema.$defs[found.$ref.split("/").pop()];
  return found ?? {};
}

function* alternatives(schema, depth = 0) {
  const one = resolved(schema);
  yield one;
  if (depth > 6) return;
  for (const name of ["anyOf", "oneOf", "allOf"]) for (const part of one[name] ?? []) yield* alternatives(part, depth + 1);
}

function inner(schemas, key) {
  const found = [];
  for (const schema of schemas) {
    for (const one of alternatives(schema)) {
      if (key === "-") found.push(...(one.items ? [one.items] : []), ...(one.prefixItems ?? []));
      else if (one.properties?.[key]) found.push(one.properties[key]);
      else if (typeof one.additionalProperties === "object") found.push(one.additionalProperties);
    }
  }
  return found;
}

const KEY = /^(\s*(?:- +)*)([\w]+):/;

// Keys from the top of the file to the place of the cursor, told by the indentation of the lines above.
function pathTo(state, pos) {
  const line = state.doc.lineAt(pos);
  let depth = line.text.match(/^\s*/)[0].length;
  const before = line.text.slice(0, pos - line.from);
  const own = before.match(/^\s*((?:- +)*)/)[1];
  const path = [...own.matchAll(/- +/g)].map(() => "-");
  if (own) depth += 0;
  for (let n = line.number - 1; n >= 1 && depth >= 0; n--) {
    const text = state.doc.line(n).text;
    const found = text.match(KEY);
    if (!found) continue;
    const dash = text.match(/^\s*/)[0].length;
    const keyAt = found[1].length;
    if (keyAt < depth || (path[0] === "-" && keyAt === depth && dash === keyAt && own)) {
      path.unshift(found[2]);
      depth = keyAt;
      if (dash < keyAt) {
        path.unshift("-");
        depth = dash;
      }
    } else if (dash < depth && keyAt === depth && found[1].includes("-")) {
      path.unshift("-");
      depth = dash;
    }
  }
  return [...path, ...inBraces(before)];
}

// Keys of the flow mappings that are open before the cursor: `done: {wire: {` gives done, wire.
function inBraces(before) {
  const path = [];
  let key = null;
  for (const token of before.matchAll(/"[^"]*"|'[^']*'|[{}[\],]|(\w+)\s*:/g)) {
    if (token[0] === "{" || token[0] === "[") {
      path.push({ key, list: token[0] === "[" });
      key = null;
    } else if (token[0] === "}" || token[0] === "]") {
      path.pop();
    } else if (token[1]) key = token[1];
  }
  return path.flatMap((one) => [...(one.key ? [one.key] : []), ...(one.list ? ["-"] : [])]);
}

function completions(context) {
  const line = context.state.doc.lineAt(context.pos);
  const before = line.text.slice(0, context.pos - line.from);
  const word = context.matchBefore(/\w*/);
  if (!context.explicit && word.from === word.to) return null;
  const value = before.match(/(\w+):\s+\[?[\w, ]*$/);
  let schemas = [ruleSchema];
  for (const key of pathTo(context.state, context.pos)) schemas = inner(schemas, key);
  const options = value ? words(inner(schemas, value[1])) : keys(schemas);
  return options.length ? { from: word.from, options, validFor: /^\w*$/ } : null;
}

function keys(schemas) {
  const found = new Map();
  for (const schema of schemas) {
    for (const one of alternatives(schema)) {
      for (const [name, part] of Object.entries(one.properties ?? {})) {
        const info = resolved(part).description;
        found.set(name, { label: name, type: "property", apply: `${name}: `, ...(info ? { info } : {}) });
      }
    }
  }
  return [...found.values()];
}

function words(schemas) {
  const found = new Set();
  for (const schema of schemas) {
    for (const one of alternatives(schema)) {
      for (const text of one.enum ?? ("const" in one ? [one.const] : [])) found.add(String(text));
      if (one.type === "boolean") ["true", "false"].forEach((text) => found.add(text));
    }
  }
  return [...found].map((label) => ({ label, type: "enum" }));
}

// ---- going to a fault ---------------------------------------------------------------------

function putCursor(id, line, column) {
  const view = getElement(id).editor;
  const at = view.state.doc.line(Math.min(line, view.state.doc.lines));
  view.dispatch({ selection: { anchor: Math.min(at.from + column - 1, at.to) }, scrollIntoView: true });
  view.focus();
}

function nextFault(id, places) {
  if (!places.length) return;
  const view = getElement(id).editor;
  const at = view.state.doc.lineAt(view.state.selection.main.head).number;
  const [line, column] = places.find(([l]) => l > at) ?? places[0];
  putCursor(id, line, column);
}
