# SPDX-License-Identifier: GPL-3.0-or-later
# The program is killed in the middle of unsaved work: the model's file is as it was, and the next start gives the work back.
import glob
import hashlib
import json
import os
import shutil
import signal
import time

from outside import Studio, check, keys, press, quit_in_order, run, select_third_layer, showing, type_text, wait_for, walk


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


def copies():
    return glob.glob(os.path.join(os.environ['XDG_DATA_HOME'], '**', '*.requant'), recursive=True)


def recipes(project):
    with open(project, encoding='utf-8') as f:
        return json.load(f)['variants']


def crash(program, source, out):
    model = os.path.join(out, 'model.tflite')
    shutil.copyfile(os.path.join(source, 'resources', 'sample', 'fashion_mobilenet_int8.tflite'), model)
    before = digest(model)

    studio = Studio(program, model)
    wait_for('the model', lambda: studio.frame_name().startswith('model.tflite'))
    select_third_layer(studio)
    press(studio.find('page tab', 'Scheme'))
    press(studio.find('push button', 'Keep as is'))
    wait_for('a mark of unsaved edits', lambda: '*' in studio.frame_name())
    check(not copies(), 'a layer is kept as it is; no copy yet')
    wait_for('the copy of the edit', copies, 20)
    edited = recipes(copies()[0])
    studio.process.send_signal(signal.SIGKILL)
    check(studio.process.wait(30) == -signal.SIGKILL, 'the program is killed')
    check(digest(model) == before and len(copies()) == 1, "the model's file is as it was; one copy of the edit is there")

    studio = Studio(program)
    restore = studio.find('push button', 'Restore')
    check(any('model.tflite' in text and 'without saving' in text for text in studio.status()), 'the next start tells of the edit')
    press(restore)
    wait_for('the model again, with unsaved edits', lambda: studio.frame_name().startswith('model.tflite*'))
    keys('ctrl+s')
    dialog = studio.find('dialog', lambda n: 'save' in n.lower())
    wait_for('the file dialog', lambda: showing(dialog))
    time.sleep(0.5)
    keys('ctrl+a')
    project = os.path.join(out, 'saved.requant')
    type_text(project)
    keys('Return')
    wait_for('the project', lambda: os.path.exists(project) and studio.frame_name().startswith('saved.requant'))
    check(recipes(project) == edited and 'keep' in json.dumps(edited), 'the edit is back, byte for byte, and saved as a project')
    wait_for('the copy to go', lambda: not copies(), 20)
    check('*' not in studio.frame_name(), 'the copy goes')
    quit_in_order(studio)

    studio = Studio(program, project)
    wait_for('the project', lambda: studio.frame_name().startswith('saved.requant'))
    check(not any(n.name == 'Restore' and showing(n) for n in walk(studio.app)), 'the project opens, and nothing is left to restore')
    quit_in_order(studio)


run(crash)
