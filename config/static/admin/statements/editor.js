/* What the editor of a statement's text needs to know that django-prose-editor does not.

   Loaded by its "configurable" preset before the first editor is made; every export is an extension. */

import { Extension, Mark, Node, Plugin, mergeAttributes } from "django-prose-editor/editor";

/* TipTap adds its style sheet as an inline element, which the Content-Security-Policy forbids, unless it finds a "style"
   already there. statements.css has those rules, and this stands in for it: of no namespace, it styles nothing. */
const standIn = document.createElementNS(null, "style");
standIn.setAttribute("data-tiptap-style", "");
document.head.append(standIn);

const languageAttributes = {
  lang: { default: null },
  dir: { default: null },
};

/* The region one writes in: named for screen readers, in its language and direction. */
export const Region = Extension.create({
  name: "region",
  addOptions() {
    return { lang: "", dir: "auto", label: "" };
  },
  addProseMirrorPlugins() {
    const { lang, dir, label } = this.options;
    return [new Plugin({ props: { attributes: { lang, dir, "aria-multiline": "true", "aria-label": label } } })];
  },
});

/* Every block keeps the language and direction it was given. */
export const LanguageAttributes = Extension.create({
  name: "languageAttributes",
  addGlobalAttributes() {
    return [
      {
        types: [
          ...["paragraph", "heading", "bulletList", "orderedList", "listItem", "blockquote", "codeBlock"],
          ...["table", "tableRow", "tableHeader", "tableCell"],
        ],
        attributes: languageAttributes,
      },
    ];
  },
});

const markOf = (name, tag, attributes = {}, rules = [{ tag }]) =>
  Mark.create({
    name,
    parseHTML: () => rules,
    addAttributes: () => ({ ...languageAttributes, ...attributes }),
    renderHTML: ({ HTMLAttributes }) => [tag, mergeAttributes(HTMLAttributes), 0],
  });

export const Passage = markOf("passage", "span", {}, [{ tag: "span[lang]" }, { tag: "span[dir]" }]);
export const Isolate = markOf("isolate", "bdi");
export const Abbreviation = markOf("abbreviation", "abbr", { title: { default: null } });
export const Citation = markOf("citation", "cite");
export const Quotation = markOf("quotation", "q");

const nodeOf = (name, tag, group, content) =>
  Node.create({
    name,
    ...(group ? { group } : {}),
    content,
    defining: true,
    parseHTML: () => [{ tag }],
    addAttributes: () => languageAttributes,
    renderHTML: ({ HTMLAttributes }) => [tag, mergeAttributes(HTMLAttributes), 0],
  });

export const Division = nodeOf("division", "div", "block", "block+");
export const DescriptionList = nodeOf("descriptionList", "dl", "block", "(descriptionTerm | descriptionDetails)+");
export const DescriptionTerm = nodeOf("descriptionTerm", "dt", "", "inline*");
export const DescriptionDetails = nodeOf("descriptionDetails", "dd", "", "block+");
