"""The command line as people meet it: run as a process, judged by stdout, stderr and exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.nouns import NOUNS
from tests.program import PROGRAM, ROOT


def citynode(*arguments: str, state: Path, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("CITYNODE_", "LC_", "LANG"))}
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env={**clean, "CITYNODE_STATE": str(state), "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(state / "xdg"), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_help_lists_the_nouns_without_importing_them(tmp_path: Path) -> None:
    done = citynode("--help", state=tmp_path)
    assert done.returncode == 0
    assert "config" in done.stdout
    assert "audit" in done.stdout
    assert done.stderr == ""


def test_no_arguments_is_help(tmp_path: Path) -> None:
    assert citynode(state=tmp_path).stdout == citynode("--help", state=tmp_path).stdout


HEAVY = (
    "rich",
    "pulumi",
    "kubernetes",
    "dbos",
    "netmiko",
    "paramiko",
    "ruamel",
    "sqlalchemy",
    "ortools",
    "matplotlib",
    "networkx",
    "psycopg",
)
"""What a page of help has no use for; how long help takes is measured by `python -m benchmarks.help`."""


@pytest.mark.parametrize("noun", ["", *NOUNS])
def test_help_imports_nothing_heavy(tmp_path: Path, noun: str) -> None:
    code = (
        f"import sys; import cli.main; cli.main.main({[noun, '--help'] if noun else ['--help']}); print(list(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "CITYNODE_STATE": str(tmp_path)},
    )
    for heavy in HEAVY if noun else (*HEAVY, "pydantic"):  # Typer itself brings pydantic for a noun's options
        assert f"'{heavy}'" not in done.stderr, heavy


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (["confg", "show"], "there is no command named 'citynode confg'", "did you mean 'citynode config'?"),
        (["config", "shwo"], "there is no command named 'citynode config shwo'", "did you mean 'citynode config show'?"),
        (["config", "show", "--orgin"], "there is no option --orgin here", "did you mean '--origin'?"),
        (["config", "show", "-o", "xml"], "'xml' is not a value of output", "one of: table, json, yaml"),
        (["config", "show", "more"], "this command takes no further words: more", "citynode config show --help"),
        (["audit", "show", "--last", "x"], "'--last' can't be this", "citynode audit show --help"),
        (["approve", "accept"], "'plan' is missing", "citynode approve accept --help"),
        (["approve", "accept", "0123456789"], "no single plan waits under '0123456789'", "citynode approve list"),
    ],
)
def test_a_wrong_command_line_says_what_to_try(tmp_path: Path, arguments: list[str], what: str, hint: str) -> None:
    done = citynode(*arguments, state=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error: {what}" in done.stderr
    assert f"try: {hint}" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "what", "hint"),
    [
        (["config", "show", "more"], "此命令不接受更多参数：more", "citynode config show --help"),
        (["stack", "preview", "--centre"], "--centre 须给出取值", "citynode stack preview --help"),
        (["audit", "show", "--last", "0"], "0 不在范围 x>=1 内", "citynode audit show --help"),
        (["audit", "show", "--last", "x"], "'x' 不是整数", "citynode audit show --help"),
        (["city", "check", "--city", "nowhere"], "没有名为“nowhere”的城市", "内置城市：shanwei, tiny；或给出"),
    ],
)
def test_a_wrong_command_line_is_refused_in_chinese(tmp_path: Path, arguments: list[str], what: str, hint: str) -> None:
    said = citynode(*arguments, state=tmp_path, CITYNODE_LANG="zh").stderr
    assert what in said
    assert f"建议: {hint}" in said


@pytest.mark.parametrize("place", ["before", "between", "after"])
def test_common_options_may_stand_anywhere(tmp_path: Path, place: str) -> None:
    words = {
        "before": ["-o", "json", "config", "show"],
        "between": ["config", "-o", "json", "show"],
        "after": ["config", "show", "-o", "json"],
    }
    assert json.loads(citynode(*words[place], state=tmp_path).stdout)["output"] == "json"


def test_the_last_of_two_counts(tmp_path: Path) -> None:
    assert json.loads(citynode("-o", "yaml", "config", "show", "-o", "json", state=tmp_path).stdout)["output"] == "json"


def test_an_empty_list_is_an_empty_list(tmp_path: Path) -> None:
    done = citynode("approve", "list", "-o", "json", state=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])


def test_chinese_by_option_variable_and_locale(tmp_path: Path) -> None:
    for arguments, env in (["--lang", "zh"], {}), ([], {"CITYNODE_LANG": "zh"}), ([], {"LANG": "zh_CN.UTF-8"}):
        done = citynode("confg", *arguments, state=tmp_path, **env)
        assert "错误" in done.stderr
        assert "citynode config" in done.stderr
    assert "error:" in citynode("confg", "--lang", "en", state=tmp_path, LANG="zh_CN.UTF-8").stderr


def test_a_closed_pipe_is_no_failure(tmp_path: Path) -> None:
    script = f"{sys.executable} -m cli.main config show --origin | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, "CITYNODE_STATE": str(tmp_path)}
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_has_its_own_words() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*PROGRAM, "config", "show"], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "error: the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_state_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = citynode("config", "show", state=tmp_path / "file")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_ctrl_c_is_exit_code_8(tmp_path: Path) -> None:
    code = """
import time, cli.config, cli.main
cli.config._shown = lambda value: (print("ready", flush=True), time.sleep(30))
cli.main.run(["config", "show"])
"""
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n{code}",
        ],  # ignored in the background
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "CITYNODE_STATE": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 8
    assert err.startswith("error: stopped\n")
    assert "Traceback" not in err


def test_a_fault_of_ours_goes_to_a_file_and_a_traceback_only_with_debug(tmp_path: Path) -> None:
    code = "import cli.config; cli.config._shown = lambda value: 1 / 0; import sys, cli.main; cli.main.run(sys.argv[1:])"
    for debug in ([], ["--debug"]):
        done = subprocess.run(
            [sys.executable, "-c", code, "config", "show", *debug],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "CITYNODE_STATE": str(tmp_path)},
        )
        assert done.returncode == 1
        assert "this is a fault in citynode, not in your command: ZeroDivisionError" in done.stderr
        assert ("Traceback" in done.stderr) == bool(debug)
    logs = list((tmp_path / "faults").glob("*.log"))
    assert len(logs) == 2
    assert "ZeroDivisionError" in logs[0].read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(tmp_path: Path, shell: str) -> None:
    assert "_CITYNODE_COMPLETE=complete_" + shell in citynode("completion", shell, state=tmp_path).stdout


def test_completion_completes_nouns_commands_and_options(tmp_path: Path) -> None:
    def complete(line: str) -> list[str]:
        words = line.split(" ")
        env = {"_CITYNODE_COMPLETE": "complete_bash", "COMP_WORDS": line.replace(" ", "\n"), "COMP_CWORD": str(len(words) - 1)}
        return citynode(state=tmp_path, **env).stdout.split()

    assert "config" in complete("citynode con")
    assert complete("citynode audit ver") == ["verify"]
    assert "--origin" in complete("citynode config show --or")
