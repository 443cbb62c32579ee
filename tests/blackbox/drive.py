# SPDX-License-Identifier: GPL-3.0-or-later
# A first day with Requant Studio: first start and tour, select, change the target, undo, compare, export, reopen, quit.
import os

from outside import (Studio, check, choose_next_target, computed, enabled, headings, keys, open_model, press, quit_in_order, run, select_third_layer, set_text,
                     showing, target_of, tick, wait_for, walk)


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

    select_third_layer(studio)
    check(True, 'layers are selected by the keyboard')

    before = target_of(studio)
    after = choose_next_target(studio)
    check(after != before, f'the target changes from "{before}" to "{after}"')
    keys('ctrl+z')
    wait_for('the target before', lambda: target_of(studio) == before)
    check(True, 'undo brings the target back')
    keys('ctrl+shift+z')
    wait_for('the target again', lambda: target_of(studio) == after)
    check(True, 'redo brings it again')

    keys('ctrl+t')
    other = choose_next_target(studio)
    keys('alt+4')  # go to the comparison
    matrix = studio.find('table', 'Layers and variants')
    heads = wait_for('the difference of two variants', lambda: (lambda h: h if any('\u2212' in t for t in h) else None)(headings(matrix)))
    check(len(heads) >= 5, f'variants for "{after}" and "{other}" stand side by side: {", ".join(heads)}')

    keys('ctrl+e')
    dialog = studio.find('dialog', 'Export')
    set_text(studio.find('text', 'Folder', dialog), out)
    set_text(studio.find('text', 'Name without ending', dialog), 'converted')
    tick(studio.find('check box', 'C array', dialog))
    start = studio.find('push button', lambda n: n in ('Export', 'Replace'), dialog)
    wait_for('the finished conversion', lambda: enabled(start))
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
    quit_in_order(studio)


run(drive)
