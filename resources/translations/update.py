#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# Brings the catalogues of this folder up to date with the sources; --check changes nothing, names what is missing or
# does not fit, and fails if there is anything. Needs lupdate (Debian: qt6-l10n-tools).
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'


def files(*folders):
    for folder in folders:
        for at, _, names in sorted(os.walk(os.path.join(ROOT, folder))):
            for name in sorted(names):
                if name.endswith(('.cpp', '.h')):
                    yield os.path.join(at, name)


def text_of(path):
    with open(path, encoding='utf-8') as f:
        return f.read()


def hidden_texts():
    """What lupdate does not see: core's messages, whose constants know no Qt, and nouns that are counted."""
    lines = []
    for path in files('core', 'ui'):
        text = text_of(path)
        for found in re.finditer(r'\bMessage k\w+\s*\{\s*"[^"]*"\s*,\s*' + LITERALS, text):
            lines.append(f'QT_TRANSLATE_NOOP("core", {" ".join(found[1].split(chr(10)))})')
        if len(re.findall(r'\bMessage k\w+\s*\{', text)) != len(re.findall(r'\bMessage k\w+\s*\{\s*"[^"]*"\s*,\s*"', text)):
            sys.exit(f'{path}: a message that this script cannot read')
    for path in files('ui'):
        if re.search(r'"[^"\n]*\\u[0-9a-fA-F]{5}', text_of(path)):
            sys.exit(f'{path}: lupdate takes a hexadecimal digit behind \\uXXXX for a part of it; split the literal')
        free = re.search(r'QString tr\(const char [^)]*\)\s*\{\s*return QCoreApplication::translate\("(?!requant)', text_of(path))
        if free:
            sys.exit(f'{path}: lupdate takes the namespace for the context of a free function tr: translate("requant", ...)')
        for found in re.finditer(r'"((?:[^"\\])*)",\s*"((?:[^"\\])*)"\)', text_of(path)):
            if re.search(r'countText\([^;{}]*$', text_of(path)[:found.start()]):
                lines.append(f'QT_TRANSLATE_N_NOOP("texts", "%n {found[2]}")')
    return sorted(set(lines))


def lupdate():
    for folder in (None, '/usr/lib/qt6/bin', '/usr/lib64/qt6/bin'):
        found = shutil.which('lupdate', path=folder)
        if found:
            return found
    sys.exit('there is no lupdate (Debian: qt6-l10n-tools)')


def update(catalogues):
    with tempfile.TemporaryDirectory() as work:
        hidden = os.path.join(work, 'hidden.cpp')
        with open(hidden, 'w', encoding='utf-8') as f:
            f.write('const char *texts[] = {\n' + ',\n'.join(hidden_texts()) + '};\n')
        for catalogue in catalogues:
            options = ['-silent', '-no-obsolete', '-locations', 'none', '-source-language', 'en', '-I', ROOT]
            if os.path.basename(catalogue).endswith('_en.ts'):
                options.append('-pluralonly')
            run = subprocess.run([lupdate(), *options, os.path.join(ROOT, 'ui'), os.path.join(ROOT, 'app'), hidden, '-ts', catalogue],
                                 capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stdout + run.stderr)
            for line in (run.stdout + run.stderr).splitlines():
                if line.strip() and 'lacks Q_OBJECT' not in line:  # free functions named tr
                    print(line)


def odd(source, translation):
    """What of the source a translation must keep, and does not."""
    for what, pattern in (('place-holders', r'%L?[0-9n]'), ('tags', r'</?[a-z]+'), ('line breaks', r'\n')):
        # A singular may say "one" for the number.
        if sorted(set(re.findall(pattern, source))) != sorted(set(re.findall(pattern, translation))):
            return what
    if ('&' in source.replace('&&', '')) != ('&' in translation.replace('&&', '')) and '<' not in source:
        return 'the key (&)'
    for end in ('\u2026', ':', ' '):
        if source.endswith(end) != translation.endswith(end):
            return f'"{end}" at the end'
    return None


def faults(catalogue):
    out = []
    for context in ElementTree.parse(catalogue).getroot().iter('context'):
        for message in context.findall('message'):
            source, translation = message.findtext('source'), message.find('translation')
            name = f'{context.findtext("name")}: "{source}"'
            forms = [f.text or '' for f in translation.findall('numerusform')] or [translation.text or '']
            if translation.get('type') == 'unfinished' or not all(forms):
                out.append('not translated: ' + name)
                continue
            for form in forms:
                what = odd(source, form)
                if what:
                    out.append(f'{what} differ: {name}: "{form}"')
    return out


def main():
    arguments = argparse.ArgumentParser(description='Brings the catalogues up to date with the sources.')
    arguments.add_argument('--check', action='store_true', help='change nothing; fail if anything is missing')
    check = arguments.parse_args().check
    catalogues = [os.path.join(HERE, name) for name in sorted(os.listdir(HERE)) if name.endswith('.ts')]
    with tempfile.TemporaryDirectory() as work:
        if check:
            catalogues = [shutil.copy(c, work) for c in catalogues]
        update(catalogues)
        found = [f'{os.path.basename(c)}: {fault}' for c in catalogues for fault in faults(c)]
    print('\n'.join(found) or 'every text is translated')
    if found:
        print(f'{len(found)} to do: run resources/translations/update.py, fill in what is unfinished (Qt Linguist), commit')
    return 1 if found and check else 0


if __name__ == '__main__':
    sys.exit(main())
