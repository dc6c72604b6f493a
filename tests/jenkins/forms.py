"""What a browser sends to Jenkins for a form: the member "json" of a POST.

Jenkins builds that object with JavaScript (buildFormTree in hudson-behavior.js) out of the names of
the fields and of what is around them. The same is done here with the page as it is served, for the
kinds of fields that such pages have.
"""

import html.parser
import json

VOID = {"input", "br", "img", "hr", "meta", "link", "area", "base", "col", "wbr", "source", "track"}


class _Node:
    def __init__(self, tag, attributes, parent):
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.text = ""
        self.tree = None  # the object for what is inside, if there is one
        classes = (attributes.get("class") or "").split()
        # Rows that "add" would copy are in the page, too, but belong to no form.
        self.prototype = "to-be-removed" in classes or bool(parent and parent.prototype)
        # Rows between two marks form a group, although nothing is around them.
        self.sets = []
        self.set = parent.sets[-1] if parent and parent.sets else None
        if parent and "row-set-end" in classes and parent.sets:
            parent.sets.pop()
        if parent and "row-set-start" in classes:
            parent.sets.append(self)

    @property
    def name(self):
        return self.attributes.get("name")


class _Form(html.parser.HTMLParser):
    def __init__(self, action):
        super().__init__(convert_charrefs=True)
        self.action = action
        self.here = None
        self.node = None
        self.by_id = {}
        self.fields = []
        self.select = None

    def handle_starttag(self, tag, attributes):
        node = _Node(tag, dict(attributes), self.here)
        if tag == "form" and node.attributes.get("action", "").endswith(self.action):
            self.node = node
            self.here = node
            return
        if self.node is None or self.here is None:
            return
        if node.attributes.get("id"):
            self.by_id[node.attributes["id"]] = node
        if tag in ("input", "select", "textarea"):
            self.fields.append(node)
            if tag == "select":
                self.select = node
                node.options = []
        if tag == "option" and self.select is not None:
            self.select.options.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        node = self.here
        while node is not None and node.tag != tag:  # a tag that was left open ends with what holds it
            if node.tag == "form":
                return
            node = node.parent
        if node is not None:
            self.here = None if node is self.node else node.parent
            if tag == "select":
                self.select = None

    def handle_data(self, data):
        if self.here is not None and self.here.tag in ("textarea", "option"):
            self.here.text += data


def _add(tree, name, value):
    name = name.rpartition(".")[2] if not name.startswith("[") else name[1:-1]
    if name not in tree:
        tree[name] = value
    elif isinstance(tree[name], list):
        tree[name].append(value)
    else:
        tree[name] = [tree[name], value]


def _group(node, form):
    """The object that a field belongs to: that of what has a name and is around it, or before it."""
    around = node
    while True:
        around = around.set or around.parent
        if around is form.node:
            return form.node.tree
        if around.tag == "div" and not around.name and around.attributes.get("ref"):
            around = form.by_id.get(around.attributes["ref"], around)  # the checkbox of a block
        if around.name:
            break
    if around.tree is None:
        around.tree = {}
        if around.tag != "input":
            _add(_group(around, form), around.name, around.tree)
    return around.tree


def _selected(node):
    chosen = [option for option in node.options if "selected" in option.attributes]
    option = (chosen or node.options or [None])[0]
    # Lists that Jenkins fills later hold their value in an attribute.
    filled = node.attributes.get("value")
    if option is None:
        return filled or ""
    return option.attributes.get("value", option.text)


def tree(page, action="configSubmit"):
    """The object for a page as it is, untouched."""
    parser = _Form(action)
    parser.feed(page)
    if parser.node is None:
        raise AssertionError(f"the page has no form for {action}")
    parser.node.tree = {}
    for node in parser.fields:
        name, kind = node.name, (node.attributes.get("type") or "").lower()
        if not name or name == "json" or node.prototype or kind in ("button", "submit", "file"):
            continue
        checked = "checked" in node.attributes
        if kind == "checkbox":
            classes = node.attributes.get("class") or ""
            if "optional-block-control" in classes:
                node.tree = {}
                if checked:
                    _add(_group(node, parser), name, node.tree)
            elif node.attributes.get("json"):
                if checked:
                    _add(_group(node, parser), name, node.attributes["json"])
            else:
                _add(_group(node, parser), name, checked != ("negative" in classes))
        elif kind == "radio":
            if checked:
                _add(_group(node, parser), name, node.attributes.get("value", ""))
        elif node.tag == "select":
            _add(_group(node, parser), name, _selected(node))
        elif node.tag == "textarea":
            _add(_group(node, parser), name, node.text.removeprefix("\n"))
        else:
            _add(_group(node, parser), name, node.attributes.get("value", ""))
    return parser.node.tree


def body(form):
    return {"json": json.dumps(form)}
