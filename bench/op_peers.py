"""The operator as Python users have it: torch.compile, Hugging Face, ONNX Runtime, OpenVINO.

Everything here is optional: `missing()` names what is not installed, `prepare()` returns the rest as
callables on inputs of the same distribution as those of op_bench.
"""
import importlib.util
import math
import os
import tempfile

NEEDS = {"compile": ["torch"], "huggingface": ["torch", "transformers"],
         "onnxruntime": ["torch", "onnx", "onnxruntime"],
         "openvino": ["torch", "onnx", "openvino"], "openvino_bf16": ["torch", "onnx", "openvino"]}
# On a GPU; deformops is the published kernel that travels as a wheel (its backend for the device is Triton's).
CUDA_NEEDS = {"compile": ["torch"], "huggingface": ["torch", "transformers"], "deformops": ["torch", "deformops"]}
PICTURES = {"enc480": (480, 640, None), "enc800": (800, 1066, None), "enc1333": (800, 1333, None),
            "dec800": (800, 1066, 300)}
HEADS, CHANNELS, LEVELS, POINTS = 8, 32, 4, 4


def installed(module):
    if importlib.util.find_spec(module) is None:
        return False
    if module != "torch":
        return True
    try:  # the light set-up has torch's libraries without what its Python side imports
        import torch  # noqa: F401
        return True
    except ImportError:
        return False


def needs(device):
    return NEEDS if device == "cpu" else CUDA_NEEDS


def missing(device):
    return [peer for peer, modules in needs(device).items() if not all(map(installed, modules))]


def level_shapes(height, width):
    shapes = []
    for stride in (8, 16, 32, 64):
        shapes.append((math.ceil(height / stride), math.ceil(width / stride)))
    return shapes


def make_inputs(shapes, queries):
    """Encoder cells (or random places) as references; offsets as a model starts with plus noise."""
    import torch
    torch.manual_seed(0)
    if queries is None:
        centres = [torch.cartesian_prod((torch.arange(h) + 0.5) / h, (torch.arange(w) + 0.5) / w)
                   for h, w in shapes]
        reference = torch.cat(centres).flip(-1)[None]
    else:
        reference = torch.rand(1, queries, 2)
    queries = reference.shape[1]
    angle = torch.arange(HEADS) * (2 * math.pi / HEADS)
    direction = torch.stack([angle.cos(), angle.sin()], -1)
    direction = direction / direction.abs().amax(-1, keepdim=True)
    offsets = direction[:, None, None] * torch.arange(1, POINTS + 1).view(1, 1, POINTS, 1)
    offsets = offsets + torch.randn(1, queries, HEADS, LEVELS, POINTS, 2)
    size = torch.tensor([[w, h] for h, w in shapes], dtype=torch.float32)
    locations = (reference[:, :, None, None, None] + offsets / size[:, None]).contiguous()
    value = torch.randn(1, sum(h * w for h, w in shapes), HEADS, CHANNELS)
    weights = torch.randn(1, queries, HEADS, LEVELS * POINTS).softmax(-1)
    return value, locations, weights.view(1, queries, HEADS, LEVELS, POINTS)


def eager_form(shapes):
    """op(value, locations, weights): a grid_sample per level, a stack, a weighted sum."""
    import torch
    import torch.nn.functional as F

    def op(value, locations, weights):
        n, _, m, d = value.shape
        q, p = locations.shape[1], locations.shape[4]
        maps = value.split([h * w for h, w in shapes], dim=1)
        sampled = []
        for level, ((h, w), cells) in enumerate(zip(shapes, maps)):
            plane = cells.permute(0, 2, 3, 1).reshape(n * m, d, h, w)
            grid = (2 * locations[:, :, :, level] - 1).transpose(1, 2).reshape(n * m, q, p, 2)
            sampled.append(F.grid_sample(plane, grid, padding_mode="zeros", align_corners=False))
        share = weights.transpose(1, 2).reshape(n * m, 1, q, len(shapes) * p)
        out = (torch.cat(sampled, -1) * share).sum(-1)
        return out.view(n, m * d, q).transpose(1, 2)
    return op


def level_tensors(shapes, device):
    """(sizes [L, 2], token of each level's first cell [L])."""
    import torch
    sizes = torch.tensor(shapes, device=device)
    cells = sizes.prod(-1)
    return sizes, cells.cumsum(0) - cells


def deformops_form(shapes, device):
    from deformops.registry import msda
    sizes, starts = level_tensors(shapes, device)
    return lambda value, locations, weights: msda(value, sizes, starts, locations, weights.flatten(3))


def huggingface_form(shapes, device):
    from transformers.models.deformable_detr.modeling_deformable_detr import (
        MultiScaleDeformableAttention)
    module = MultiScaleDeformableAttention()
    sizes, starts = level_tensors(shapes, device)
    return lambda value, locations, weights: module(value, sizes, shapes, starts, locations, weights,
                                                    64)


def export_onnx(op, inputs):
    import torch

    class Module(torch.nn.Module):
        def forward(self, value, locations, weights):
            return op(value, locations, weights)
    path = os.path.join(tempfile.mkdtemp(), "op.onnx")
    torch.onnx.export(Module(), tuple(inputs), path, opset_version=20, dynamo=False,
                      input_names=["value", "locations", "weights"])
    return path


def onnxruntime_run(path, feeds, threads):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feeds)


def openvino_run(path, feeds, threads, precision):
    import openvino
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU",
                                  {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
                                   "INFERENCE_PRECISION_HINT": precision})
    request = compiled.create_infer_request()
    return lambda: request.infer(feeds, share_inputs=True)


def forward_run(op, inputs):
    import torch

    def run():
        with torch.inference_mode():
            op(*inputs)
    return run


def training_run(op, inputs):
    import torch
    leaves = [t.clone().requires_grad_() for t in inputs]
    direction = torch.randn(1, inputs[1].shape[1], HEADS * CHANNELS).to(inputs[0])

    def run():
        for leaf in leaves:
            leaf.grad = None
        op(*leaves).backward(direction)
    return run


def makers(shapes, inputs, threads):
    """{peer: function that makes its forward callable}, for those that only infer."""
    feeds = dict(zip(("value", "locations", "weights"), (t.numpy() for t in inputs)))
    exported = []

    def path():
        if not exported:
            exported.append(export_onnx(eager_form(shapes), inputs))
        return exported[0]
    return {"onnxruntime": lambda: onnxruntime_run(path(), feeds, threads),
            "openvino": lambda: openvino_run(path(), feeds, threads, "f32"),
            "openvino_bf16": lambda: openvino_run(path(), feeds, threads, "bf16")}


def prepare(shape, pass_name, args, wanted, note):
    """{peer: callable} of the wanted ones that can do this pass, each called once to warm up."""
    if not wanted:
        return {}
    import torch
    torch.set_num_threads(args.threads)
    height, width, queries = PICTURES[shape]
    shapes = level_shapes(height, width)
    # Published forms want one type for all three.
    inputs = [tensor.to(args.device, getattr(torch, args.dtype)) for tensor in make_inputs(shapes, queries)]
    as_job = forward_run if pass_name == "forward" else training_run
    make = {"compile": lambda: as_job(torch.compile(eager_form(shapes)), inputs),
            "huggingface": lambda: as_job(huggingface_form(shapes, args.device), inputs),
            "deformops": lambda: as_job(deformops_form(shapes, args.device), inputs)}
    if pass_name == "forward" and args.device == "cpu":
        make.update(makers(shapes, inputs, args.threads))
    peers = {}
    for peer in wanted:
        if peer not in make:
            continue
        try:
            run = make[peer]()
            run()
            peers[peer] = run
        except Exception as error:  # noqa: BLE001 - a peer that fails is named, not hidden
            note(f"{peer}: {type(error).__name__}: {str(error).splitlines()[0][:200]}; left out")
    return peers


def visit_device(run, at_least_s=0.15, jobs=20):
    """The same by the device's clock, over jobs that are queued together; processor time is not told."""
    import torch
    best, spent = float("inf"), 0.0
    while spent < at_least_s * 1e3:
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        torch.cuda.synchronize()
        start.record()
        for _ in range(jobs):
            run()
        end.record()
        end.synchronize()
        ms = start.elapsed_time(end)
        best, spent = min(best, ms / jobs), spent + ms
    return best, float("nan")


def device_megabytes(run):
    """Most device memory in use during a call beside its inputs."""
    import torch
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    return (torch.cuda.max_memory_allocated() - before) / 2**20
