# SPDX-License-Identifier: Apache-2.0
"""Reads what callgrind and valgrind's log of system calls say."""

import re

# The C library has a memcpy for each generation of processors: the one is taken
# that all have which are not very old (x86-64-v2).
TUNABLES = "glibc.cpu.hwcaps=" + ",".join(
    "-" + name
    for name in ("AVX,AVX2,AVX512F,AVX512VL,AVX512BW,AVX_Fast_Unaligned_Load,"
                 "BMI1,BMI2,ERMS,FSRM,LZCNT,MOVBE,RTM").split(","))


def syscalls_between_marks(log):
    """Their names, in order: a getppid() stands at both ends."""
    text = open(log, errors="replace").read()
    names = re.findall(r"SYSCALL\[\d+,\d+\]\( *\d+\) sys_(\w+)", text)
    begin, end = [i for i, name in enumerate(names) if name == "getppid"]
    return names[begin + 1:end]


class Profile:
    """self_cost and file by function; calls[caller, callee] = count, cost."""

    def __init__(self, path):
        self.names, self.files, self.self_cost, self.calls = {}, {}, {}, {}
        file_names = {}
        file = function = callee = None
        calls = 0
        for line in open(path):
            line = line.rstrip("\n")
            entry = re.match(r"(fl|fn|cfn)=\((\d+)\)(?: (.*))?", line)
            if entry:
                kind, number, name = entry.groups()
                known = file_names if kind == "fl" else self.names
                if name:
                    known[number] = name
                if kind == "fl":
                    file = known[number]
                elif kind == "fn":
                    function = number
                    self.files[function] = file
                else:
                    callee = number
            elif re.match(r"(fi|fe|cfi|cfl)=\((\d+)\) ", line):
                number, name = re.match(r"\w+=\((\d+)\) (.*)", line).groups()
                file_names[number] = name
            elif line.startswith("calls="):
                calls = int(line[6:].split()[0])
            elif re.match(r"[-+*\d]", line):
                cost = int(line.split()[1])
                if callee is None:
                    self.self_cost[function] = (
                        self.self_cost.get(function, 0) + cost)
                else:
                    before = self.calls.get((function, callee), (0, 0))
                    self.calls[function, callee] = (before[0] + calls,
                                                    before[1] + cost)
                    callee = None
