"""Write `protos/gen` from the contract, or say what has drifted.

    python -m protos.generate            write the stubs and docs/api/openapi.json
    python -m protos.generate --check    write nothing; exit 1 and name each file that differs

Third-party protos are resolved from installed wheels: google/api and google/rpc as text, buf/validate from the
descriptor inside `protovalidate`. None of them is copied here; `gen/buf` holds a shim that registers that descriptor.
"""

import filecmp
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from protos.openapi.document import render
from protos.openapi.served import served_services
from protos.openapi.validity import faults

PROTOS = Path(__file__).parent
GEN = PROTOS / "gen"
OPENAPI = PROTOS.parent / "docs/api/openapi.json"

VALIDATE_SHIM = '''"""Register buf.validate's options with google.protobuf, from the descriptor in `protovalidate`."""

from google.protobuf import descriptor_pb2, descriptor_pool, duration_pb2, field_mask_pb2, timestamp_pb2
from protovalidate._gen.buf.validate import validate_pb

NEEDS = (descriptor_pb2, duration_pb2, field_mask_pb2, timestamp_pb2)  # importing them is what registers them
DESCRIPTOR = descriptor_pool.Default().AddSerializedFile(validate_pb._DESC.proto.to_binary())
'''


def validate_descriptor() -> FileDescriptorProto:
    """Return buf/validate/validate.proto as the descriptor that the protovalidate wheel holds."""
    from protovalidate._gen.buf.validate import validate_pb  # noqa: PLC0415 - private, so it is named in one place

    return FileDescriptorProto.FromString(validate_pb._DESC.proto.to_binary())  # noqa: SLF001


def sources(root: Path = PROTOS) -> list[str]:
    """Return every proto of the contract below a folder, relative to it, in a stable order."""
    return sorted(str(path.relative_to(root)) for path in root.glob("sectracker/**/*.proto"))


def protoc(work: Path, *arguments: str, root: Path = PROTOS) -> None:
    """Run protoc over all protos below a folder, with the contract and the third-party protos on its path.

    Raises: SystemExit with protoc's own words when the contract does not compile.
    """
    spec = find_spec("google.api")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("googleapis-common-protos is not installed; run `make setup`")
    site_packages = Path(next(iter(spec.submodule_search_locations))).parents[1]
    validate = work / "validate.binpb"
    validate.write_bytes(FileDescriptorSet(file=[validate_descriptor()]).SerializeToString())
    command = [sys.executable, "-m", "grpc_tools.protoc", *(f"-I{path}" for path in (root, PROTOS, site_packages))]
    command += [f"--descriptor_set_in={validate}", *arguments, *sources(root)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=plugin_path())  # noqa: S603
    if result.returncode:
        sys.exit(result.stderr)


def plugin_path() -> dict[str, str]:
    """Return an environment in which protoc finds the plugins of this interpreter's environment."""
    return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}


def descriptor_set(work: Path, root: Path = PROTOS) -> FileDescriptorSet:
    """Return the whole contract, or another one below a folder, with its comments and everything that it imports."""
    out = work / "api.binpb"
    protoc(work, "--include_imports", "--include_source_info", f"--descriptor_set_out={out}", root=root)
    return FileDescriptorSet.FromString(out.read_bytes())


def stubs(work: Path) -> Path:
    """Write messages, gRPC stubs and their types to a folder below `work`, and return it."""
    out = work / "gen"
    out.mkdir()
    protoc(work, *(f"--{kind}_out={out}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")))
    for source in sources():  # a proto without a service gets empty gRPC stubs; they say nothing
        if "\nservice " not in (PROTOS / source).read_text():
            for empty in out.glob(source.replace(".proto", "_pb2_grpc.py*")):
                empty.unlink()
    for package in out.glob("sectracker/*/*/"):
        (package / "py.typed").touch()
    shim = out / "buf/validate/validate_pb2.py"
    shim.parent.mkdir(parents=True)
    shim.write_text(VALIDATE_SHIM)
    return out


def files(folder: Path) -> set[str]:
    """Return the files below a folder, relative to it, without what Python leaves behind."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(folder)) for path in found}


def drift(made: Path, kept: Path) -> list[str]:
    """Return the files that differ between two folders, or stand in one of them only."""
    names = files(made) | files(kept)
    _, mismatch, errors = filecmp.cmpfiles(made, kept, sorted(names), shallow=False)
    return sorted([*mismatch, *errors])


def openapi(descriptors: bytes) -> str:
    """Return the OpenAPI document of the contract.

    Raises: SystemExit with one line a fault when it is not valid OpenAPI 3.1.
    """
    text = render(descriptors, served_services())
    if wrong := faults(text):
        sys.exit("the OpenAPI document is not valid:\n  " + "\n  ".join(wrong))
    return text


def check(made: Path, descriptors: bytes) -> None:
    """Exit with the names of the files that are not what the contract says."""
    stale = [f"protos/gen/{name}" for name in drift(made, GEN)]
    if not OPENAPI.exists() or OPENAPI.read_text() != openapi(descriptors):
        stale.append(str(OPENAPI.relative_to(PROTOS.parent)))
    if stale:
        sys.exit("not what the contract says; run `make gen`:\n  " + "\n  ".join(stale))


def write(made: Path, descriptors: bytes) -> None:
    """Replace the stubs, then the document: the gateway's list of services, which it needs, reads the new stubs."""
    shutil.rmtree(GEN, ignore_errors=True)
    shutil.copytree(made, GEN)
    OPENAPI.parent.mkdir(parents=True, exist_ok=True)
    OPENAPI.write_text(openapi(descriptors))


def main() -> None:
    """Write stubs and document, or with --check say what differs."""
    with tempfile.TemporaryDirectory() as folder:
        made, descriptors = stubs(Path(folder)), descriptor_set(Path(folder)).SerializeToString()
        (check if "--check" in sys.argv[1:] else write)(made, descriptors)


if __name__ == "__main__":
    main()
