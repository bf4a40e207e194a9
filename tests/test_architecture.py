"""Who may import whom (docs/architecture.md), read from the source, and the limits of size."""

import ast
import subprocess
import sys
from collections import defaultdict
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import motifkit

PACKAGE = Path(motifkit.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
MAX_LINES = 400

# Imported only inside the function that needs them.
ON_USE = {
    "stumpy",
    "tslearn",
    "stable_baselines3",
    "sb3_contrib",
    "matplotlib",
    "plotly",
    "jinja2",
    "rich",
    "safetensors",
    "tabulate",
    "tensorboard",
    "h5py",
    "torch.utils.tensorboard",
}

ONLINE = {
    "motifkit.memory",
    "motifkit.action_heads",
    "motifkit.policies",
    "motifkit.agents",
    "motifkit.envs",
    "motifkit.evaluation",
}
BRIDGE = {"motifkit.seeding", "motifkit.compare"}

# For each part of the package what it never imports, inside functions neither.
FORBIDDEN = {
    "episodes": {"torch", "gymnasium", "matplotlib", "scipy", "sklearn", "stumpy", "tslearn"},
    "types": {"torch", "gymnasium", "matplotlib", "scipy", "sklearn", "stumpy", "tslearn"},
    "io": {"torch", "gymnasium", "matplotlib", "motifkit.mining", *ONLINE, *BRIDGE},
    "mining": {"torch", "gymnasium", "matplotlib", "motifkit.report", *ONLINE, *BRIDGE},
    "memory": {"motifkit.mining", "motifkit.report", "gymnasium", *BRIDGE, *ONLINE - {"motifkit.memory"}},
    "action_heads": {"motifkit.mining", "motifkit.report", *BRIDGE, *ONLINE - {"motifkit.memory"}},
    "policies": {
        "motifkit.mining",
        "motifkit.report",
        *BRIDGE,
        *ONLINE - {"motifkit.memory", "motifkit.action_heads"},
    },
    "agents": {"motifkit.mining", "motifkit.evaluation", "matplotlib", *BRIDGE},
    "envs": {
        "torch",
        "motifkit.mining",
        "motifkit.report",
        "matplotlib",
        *BRIDGE,
        *ONLINE - {"motifkit.envs"},
    },
    "evaluation": {"motifkit.mining", "motifkit.cli", "matplotlib", *BRIDGE},
    "seeding": {"gymnasium", "matplotlib", "motifkit.report", "motifkit.evaluation", "motifkit.compare"},
    "compare": {"gymnasium", "matplotlib", "motifkit.envs"},
    "report": {"torch", "gymnasium", "matplotlib.pyplot"},
}
# Others import torch, if at all, inside the function that needs it.
MAY_LOAD_TORCH = {"memory", "action_heads", "policies", "agents", "seeding", "compare"}
MAY_LOAD_TORCH_ALONE = {"pipeline/arms.py", "pipeline/training.py"}
MAY_IMPORT_MINING_AND_MEMORY = {"seeding", "compare", "pipeline", "cli", "__init__"}


def relative(path):
    return path.relative_to(PACKAGE).as_posix()


def part(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache  # for many rules
def imports(tree, *, top_only=False):
    """Dotted names that a module imports; those for type checkers alone are left out."""
    names = set()
    pending = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            pending.extend(node.orelse)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif not (top_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))
    return names


def hits(names, forbidden):
    return sorted(n for n in names for f in forbidden if n == f or n.startswith(f + "."))


@pytest.fixture(scope="module")
def trees():
    yield {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    for cached in (imports, calls):  # else the trees would stay, and slow other tests' garbage collection
        cached.cache_clear()


@pytest.mark.parametrize("name", ["episodes", "types"])
def test_types_import_numpy_alone(trees, name):
    names = imports(trees[PACKAGE / f"{name}.py"], top_only=True)
    names = {n for n in names if not n.startswith(("motifkit.errors", "motifkit.episodes"))}
    roots = {n.split(".")[0] for n in names}
    assert roots <= {"__future__", "json", "collections", "dataclasses", "pathlib", "typing", "numpy"}


def test_forbidden_imports(trees):
    found = {
        relative(path): hits(imports(tree), FORBIDDEN[part(path)])
        for path, tree in trees.items()
        if part(path) in FORBIDDEN
    }
    assert not {name: names for name, names in found.items() if names}


def test_heavy_modules_are_imported_on_use(trees):
    found = {relative(path): hits(imports(tree, top_only=True), ON_USE) for path, tree in trees.items()}
    assert not {name: names for name, names in found.items() if names}


def test_torch_stays_where_it_is_needed(trees):
    found = {
        relative(path)
        for path, tree in trees.items()
        if part(path) not in MAY_LOAD_TORCH
        and relative(path) not in MAY_LOAD_TORCH_ALONE
        and hits(imports(tree, top_only=True), {"torch"})
    }
    assert not found


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("motifkit", {"torch", "gymnasium", "numpy"}),
        ("motifkit.io.prices", {"torch", "gymnasium"}),
        ("motifkit.mining.mine", {"torch", "gymnasium"}),
        ("motifkit.memory.combined", {"gymnasium", "pandas"}),
        ("motifkit.envs", {"torch", "pandas"}),
        ("motifkit.pipeline", {"torch", "gymnasium", "pandas"}),
        ("motifkit.compare.comparison", {"torch", "gymnasium", "pandas"}),
    ],
)
def test_a_part_loads_what_it_needs_alone(module, heavy):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not heavy & set(done.stdout.split())


def test_only_report_plots(trees):
    plotting = {relative(path) for path, tree in trees.items() if hits(imports(tree), {"matplotlib"})}
    assert all(name.startswith("report/") for name in plotting)


def test_nothing_imports_the_command_line(trees):
    found = {
        relative(path)
        for path, tree in trees.items()
        if part(path) not in ("cli", "__main__") and hits(imports(tree), {"motifkit.cli"})
    }
    assert not found


def test_only_the_command_line_imports_pipelines(trees):
    found = {
        relative(path)
        for path, tree in trees.items()
        if part(path) not in ("cli", "pipeline") and hits(imports(tree), {"motifkit.pipeline"})
    }
    assert not found


def test_few_see_both_mining_and_memory(trees):
    for path, tree in trees.items():
        names = imports(tree)
        both = hits(names, {"motifkit.mining"}) and hits(names, {"motifkit.memory"})
        assert not both or part(path) in MAY_IMPORT_MINING_AND_MEMORY, relative(path)


@cache  # for several rules
def calls(tree):
    """Calls by the name of what is called."""
    found = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found[ast.unparse(node.func)].append(node)
    return dict(found)


def test_nothing_is_unpickled(trees):
    for path, tree in trees.items():
        assert not hits(imports(tree), {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}), path
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "weights_only"):
                safe = node.arg == "weights_only"
                assert isinstance(node.value, ast.Constant) and node.value.value is safe, relative(path)
        for name, keyword in (
            ("np.load", "allow_pickle"),
            ("numpy.load", "allow_pickle"),
            ("torch.load", "weights_only"),
        ):
            for call in calls(tree).get(name, ()):
                assert keyword in {k.arg for k in call.keywords}, relative(path)


def test_no_print_and_no_global_state(trees):
    unwanted = {"print", "np.random.seed", "torch.manual_seed", "random.seed"}
    for path, tree in trees.items():
        named = calls(tree)
        assert not unwanted & set(named), relative(path)
        for name in ("warnings.simplefilter", "warnings.filterwarnings"):
            for call in named.get(name, ()):
                # A filter names the kind of warning that it hides.
                assert len(call.args) + len(call.keywords) > 1, relative(path)


def test_no_star_imports_and_no_grab_bags(trees):
    for path, tree in trees.items():
        stars = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.names[0].name == "*"]
        assert not stars, relative(path)
        assert path.stem not in ("utils", "util", "helpers", "core", "common", "misc"), relative(path)


def test_data_move_one_way_within_a_folder(trees):
    """No file imports, inside functions neither, one that imports it; `prepare` raises a CycleError and names them."""
    named = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in FILES}
    for folder in {path.parent for path in FILES}:
        within = {name for name, path in named.items() if path.parent == folder and path.stem != "__init__"}
        TopologicalSorter({name: imports(trees[named[name]]) & within for name in within}).prepare()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_files_are_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_rules_see_imports_inside_functions():
    tree = ast.parse("def f():\n    import torch\nif TYPE_CHECKING:\n    import pandas\nimport numpy.linalg")
    assert imports(tree) == {"torch", "numpy.linalg"} and imports(tree, top_only=True) == {"numpy.linalg"}
    assert hits({"motifkit.miningx", "motifkit.mining.mine"}, {"motifkit.mining"}) == ["motifkit.mining.mine"]
