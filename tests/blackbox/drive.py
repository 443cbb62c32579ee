# SPDX-License-Identifier: GPL-3.0-or-later
# Drives Requant Studio from outside: first start and tour, select, change the target, undo, export, reopen, quit. What a screen reader
# sees is what is checked; keys and text come in as from a keyboard.
import os
import subprocess
import sys
import time

import pyatspi

PATIENCE = 120  # seconds for one thing to happen on a busy machine


class Failed(Exception):
    pass


def wait_for(what, get, patience=PATIENCE):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            found = get()
        except Exception:  # an object that went away while it was looked at
            found = None
        if found:
            return found
        time.sleep(0.2)
    raise Failed(f'not within {patience} s: {what}')


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


class Studio:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stderr=subprocess.PIPE, text=True)
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


def drive(program, source, out):
    studio = Studio(program)
    wait_for('the sample at the first start', lambda: studio.frame_name().startswith('fashion_mobilenet_uint8.tflite'))
    skip = studio.find('push button', 'Skip the tour')
    check(skip, 'the tour starts over the sample')
    press(skip)
    wait_for('the end of the tour', lambda: not any(n.name == 'Skip the tour' and showing(n) for n in walk(studio.app)))
    check(computed(studio), 'the sample is converted and measured')

    sample = os.path.join(source, 'resources', 'sample', 'fashion_mobilenet_int8.tflite')
    open_model(studio, sample)
    check(True, 'another model opens through the file dialog')

    table = studio.find('table', 'Layers')
    keys('alt+1')  # go to the layers
    keys('Home', 'Down', 'Down')
    wait_for('a selected row', lambda: any(c.getState().contains(pyatspi.STATE_SELECTED) for c in walk(table)))
    check(True, 'layers are selected by the keyboard')

    before = target_of(studio)
    click(labelled(studio, 'combo box', 'Target'))
    time.sleep(0.5)
    keys('Down', 'Return')
    after = wait_for('another target', lambda: (lambda t: t if t != before else None)(target_of(studio)))
    check(after != before, f'the target changes from "{before}" to "{after}"')
    keys('ctrl+z')
    wait_for('the target before', lambda: target_of(studio) == before)
    check(True, 'undo brings the target back')
    keys('ctrl+shift+z')
    wait_for('the target again', lambda: target_of(studio) == after)
    check(True, 'redo brings it again')

    keys('ctrl+e')
    dialog = studio.find('dialog', 'Export')
    set_text(studio.find('text', 'Folder', dialog), out)
    set_text(studio.find('text', 'Name without ending', dialog), 'converted')
    array = studio.find('check box', 'C array', dialog)
    press(array)
    wait_for('C array checked', lambda: array.getState().contains(pyatspi.STATE_CHECKED))
    start = studio.find('push button', lambda n: n in ('Export', 'Replace'), dialog)
    wait_for('the finished conversion', lambda: start.getState().contains(pyatspi.STATE_ENABLED))
    press(start)
    verdict = wait_for('the verdict', lambda: next((n.name for n in walk(dialog) if 'byte-equal' in n.name and n.name.startswith('Written')), None))
    check('0 rule violations' in verdict, 'the export is verified: ' + verdict.splitlines()[-1])
    files = sorted(os.listdir(out))
    check(files == ['converted.cc', 'converted.h', 'converted.html', 'converted.recipe.json', 'converted.tflite'],
          f'written: {", ".join(files)}')
    press(studio.find('push button', 'Close', dialog))
    wait_for('the dialog to close', lambda: not any(n.getRoleName() == 'dialog' and showing(n) for n in walk(studio.app)))

    open_model(studio, os.path.join(out, 'converted.tflite'))
    check(True, 'the written model opens again')
    keys('ctrl+q')
    code = studio.process.wait(60)
    check(code == 0, 'the program ends in order')
    said = [line for line in studio.process.stderr.read().splitlines() if line.strip()]
    print('\n'.join('stderr: ' + line for line in said))


if __name__ == '__main__':
    try:
        drive(*sys.argv[1:4])
    except Failed as e:
        print(f'FAILED: {e}', flush=True)
        sys.exit(1)
