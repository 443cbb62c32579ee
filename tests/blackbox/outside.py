# SPDX-License-Identifier: GPL-3.0-or-later
# Requant Studio seen from outside: what a screen reader sees is what is checked; keys and text come in as from a keyboard.
import os
import subprocess
import sys
import time

import pyatspi

PATIENCE = 60  # seconds for one thing to happen on a busy machine


class Failed(Exception):
    pass


def wait_for(what, get, patience=PATIENCE):
    end = time.monotonic() + patience
    odd = ''
    while True:
        try:
            found = get()
            odd = ''
        except Exception as e:  # an object that went away while it was looked at
            found = None
            odd = f' ({e!r})'
        if found:
            return found
        if time.monotonic() > end:
            raise Failed(f'not within {patience} s: {what}{odd}')
        time.sleep(0.2)
        for studio in Studio.started:
            studio.forget()


def walk(node, depth=0):
    yield node
    if depth > 40:
        return
    for i in range(node.childCount):
        child = node.getChildAtIndex(i)
        if child is not None:
            yield from walk(child, depth + 1)


def showing(node):
    return node.getState().contains(pyatspi.STATE_SHOWING)


def enabled(node):
    return node.getState().contains(pyatspi.STATE_ENABLED)


class Studio:
    started = []

    def __init__(self, program, *arguments):
        self.app = None
        self.process = subprocess.Popen([program, *arguments], stderr=subprocess.PIPE, text=True)
        Studio.started.append(self)
        self.app = wait_for('the program on the accessibility bus', self.find_app)

    def find_app(self):
        if self.process.poll() is not None:
            raise SystemExit(f'the program ended: {self.process.stderr.read()}')
        desktop = pyatspi.Registry.getDesktop(0)
        for i in range(desktop.childCount):
            app = desktop.getChildAtIndex(i)
            if app is not None and app.get_process_id() == self.process.pid:
                return app
        return None

    def forget(self):
        """The library keeps states and names that it has read, and does not always hear of changes."""
        if self.app and self.process.poll() is None:
            try:
                self.app.clear_cache()
            except Exception:  # it ended just now
                pass

    def find(self, role, name, within=None):
        def get():
            for node in walk(within or self.app):
                if node.getRoleName() == role and showing(node) and (node.name == name if isinstance(name, str) else name(node.name)):
                    return node
            return None
        return wait_for(f'{role} "{name}"', get)

    def frame_name(self):
        frames = [self.app.getChildAtIndex(i) for i in range(self.app.childCount)]
        return next((f.name for f in frames if f is not None and f.getRoleName() == 'frame'), '')

    def status(self):
        """All labels that are to be seen."""
        return [n.name for n in walk(self.app) if n.getRoleName() == 'label' and showing(n)]

    def tell(self):
        """For whoever reads of a failure: what is to be seen."""
        if self.process.poll() is None:
            print(f'in the window "{self.frame_name()}": ' + ' | '.join(text for text in self.status() if text))


def keys(*what):
    subprocess.run(['xdotool', 'key', '--clearmodifiers', '--delay', '60', *what], check=True)


def type_text(text):
    subprocess.run(['xdotool', 'type', '--clearmodifiers', '--delay', '15', text], check=True)


def press(node):
    action = node.queryAction()
    for i in range(action.nActions):
        if action.getName(i).lower() in ('press', 'toggle', 'click'):
            action.doAction(i)
            return
    raise Failed(f'{node.getRoleName()} "{node.name}" cannot be pressed')


def tick(node):
    """Checks a check box that is not checked."""
    press(node)
    wait_for(f'"{node.name}" checked', lambda: node.getState().contains(pyatspi.STATE_CHECKED))


def click(node):
    box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    subprocess.run(['xdotool', 'mousemove', str(box.x + box.width // 2), str(box.y + box.height // 2), 'click', '1'], check=True)


def set_text(node, text):
    node.queryEditableText().setTextContents(text)
    wait_for(f'text in "{node.name}"', lambda: node.queryText().getText(0, -1) == text, 20)


def check(condition, what):
    if not condition:
        raise Failed(what)
    print(f'ok: {what}', flush=True)


def open_model(studio, path):
    keys('ctrl+o')
    dialog = studio.find('dialog', lambda n: 'open' in n.lower())
    wait_for('the file dialog', lambda: showing(dialog))
    time.sleep(0.5)
    type_text(path)
    keys('Return')
    name = os.path.basename(path)
    wait_for(f'{name} in the title', lambda: studio.frame_name().startswith(name))


def computed(studio):
    return wait_for('results in the status bar',
                    lambda: any('agreement' in t and 'computing' not in t and 'before' not in t for t in studio.status()))


def labelled(studio, role, label):
    """A combo box's own name is its value on this bus: it is known by the label in front of it."""
    def get():
        for node in walk(studio.app):
            if node.getRoleName() != role or not showing(node):
                continue
            for relation in node.getRelationSet():
                if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY:
                    if any(relation.getTarget(i).name == label for i in range(relation.getNTargets())):
                        return node
        return None
    return wait_for(f'{role} labelled "{label}"', get)


def target_of(studio):
    return labelled(studio, 'combo box', 'Target').name


def headings(table):
    return [n.name for n in walk(table) if n.getRoleName() in ('column header', 'table column header')]


def select_third_layer(studio):
    table = studio.find('table', 'Layers')
    keys('alt+1')  # go to the layers
    keys('Home', 'Down', 'Down')
    wait_for('a selected row', lambda: any(c.getState().contains(pyatspi.STATE_SELECTED) for c in walk(table)))


def choose_next_target(studio):
    """Gives the new one."""
    before = target_of(studio)
    click(labelled(studio, 'combo box', 'Target'))
    time.sleep(0.5)
    keys('Down', 'Return')
    return wait_for('another target', lambda: (lambda t: t if t != before else None)(target_of(studio)))


def quit_in_order(studio):
    keys('ctrl+q')
    check(studio.process.wait(60) == 0, 'the program ends in order')
    for line in studio.process.stderr.read().splitlines():
        if line.strip():
            print('stderr: ' + line)


def run(story):
    """Tells the story with the arguments PROGRAM SOURCE_FOLDER FOLDER_TO_WRITE."""
    try:
        story(*sys.argv[1:4])
    except Failed as e:
        print(f'FAILED: {e}', flush=True)
        for studio in Studio.started:
            studio.tell()
        sys.exit(1)
    finally:
        for studio in Studio.started:
            if studio.process.poll() is None:
                studio.process.kill()
