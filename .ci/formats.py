"""Holds the reports of `validate-mappings` against the schemas of their formats: `python3 .ci/formats.py [PATH OF validate-mappings]`.

The schemas are fetched from package registries, and not kept here: that of SARIF from the npm package `@microsoft/jest-sarif`, that of JUnit from the source
package of pytest. GitLab and Checkstyle publish none for their reports: what GitLab's documentation requires is checked, and that Checkstyle's is XML of its
elements. It checks what is found in each folder of `tests/data/rules`.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VALIDATE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/debug/validate-mappings").resolve()
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def fetch(work):
    """The schemas, and the Python of an environment with what validates against them."""
    venv.create(work / "venv", with_pip=True)
    pip = [work / "venv/bin/pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "jsonschema==4.25.1", "lxml==6.0.2"], check=True)
    subprocess.run([*pip, "download", "--no-deps", "--no-binary", "pytest", "pytest==8.4.2", "-d", work], check=True)
    subprocess.run(["npm", "pack", "--silent", "@microsoft/jest-sarif@1.0.0-beta.0"], cwd=work, check=True, stdout=subprocess.DEVNULL)
    for archive, name, file in [
        (next(work.glob("pytest-*.tar.gz")), "junit-10.xsd", "junit.xsd"),
        (next(work.glob("microsoft-jest-sarif-*.tgz")), "sarif-2.1.0-rtm.5.json", "sarif.json"),
    ]:
        with tarfile.open(archive) as tar:
            member = next(member for member in tar.getmembers() if member.name.endswith("/" + name))
            (work / file).write_bytes(tar.extractfile(member).read())


def check(work):
    """In the environment: reports in all formats of all folders."""
    import jsonschema
    from lxml import etree

    sarif = jsonschema.Draft4Validator(json.loads((work / "sarif.json").read_text()))
    junit = etree.XMLSchema(etree.parse(str(work / "junit.xsd")))
    wrong, folders = [], sorted(ROOT.glob("tests/data/rules/*/fail"))
    for folder in folders:
        out = {name: work / f"report.{name}" for name in ("sarif", "junit", "gitlab", "checkstyle")}
        outputs = [f"--output={name}={file}" for name, file in out.items()]
        for file in out.values():
            file.unlink(missing_ok=True)
        subprocess.run([VALIDATE, "--exit-zero", "--quiet", *outputs, folder], cwd=ROOT, stdout=subprocess.DEVNULL)
        if not out["sarif"].exists():
            wrong.append(f"{folder}: no report")
            continue
        for error in sarif.iter_errors(json.loads(out["sarif"].read_text())):
            wrong.append(f"{folder}: sarif: {error.json_path}: {error.message[:200]}")
        tests = etree.parse(str(out["junit"]))
        # GitLab and others read where a test is, of which the schema does not know
        for case in tests.iter("testcase"):
            case.attrib.pop("file", None)
            case.attrib.pop("line", None)
        if not junit.validate(tests):
            wrong.append(f"{folder}: junit: {junit.error_log.last_error}")
        entries = json.loads(out["gitlab"].read_text())
        for entry in entries:
            place = entry["location"]
            is_whole = all(isinstance(entry[key], str) and entry[key] for key in ("description", "check_name", "fingerprint"))
            if not (is_whole and entry["severity"] in SEVERITIES and place["path"] and not place["path"].startswith("./") and place["lines"]["begin"] > 0):
                wrong.append(f"{folder}: gitlab: {entry}")
        if len({entry["fingerprint"] for entry in entries}) < len(entries):
            wrong.append(f"{folder}: gitlab: two fingerprints are the same")
        for error in etree.parse(str(out["checkstyle"])).iterfind("file/error"):
            if error.get("severity") not in ("info", "warning", "error") or not error.get("line", "").isdigit() or not error.get("source"):
                wrong.append(f"{folder}: checkstyle: {etree.tostring(error)}")
    print("\n".join(wrong) or f"the reports of {len(folders)} folders are as their formats say")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        check(Path(sys.argv[2]))
    with tempfile.TemporaryDirectory(prefix="mapwright-formats-") as temporary:
        fetch(Path(temporary))
        done = subprocess.run([f"{temporary}/venv/bin/python", __file__, str(VALIDATE), temporary])
        sys.exit(done.returncode)
