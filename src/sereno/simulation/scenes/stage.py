"""Draws meshes off screen: the still part of a scene once, what moves and its shadows for every frame."""

from dataclasses import dataclass, replace

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  registers the renderer's implementation
from numpy.typing import NDArray
from PIL import Image
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkFiltersCore import vtkDecimatePro
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCamera,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
    vtkTexture,
)

from sereno.simulation.scenes.mesh import Faces, Mesh, Points

Picture = NDArray[np.uint8]
"""(H, W, 3) uint8, sRGB, first row on top."""


@dataclass(frozen=True, slots=True)
class Camera:
    """Where the camera hangs and where it looks, metres; ``view_angle`` is vertical, degrees."""

    place: tuple[float, float, float]
    target: tuple[float, float, float]
    view_angle: float

    def basis(self) -> NDArray[np.float64]:
        """(3, 3): right, up and ahead, in rows."""
        ahead = np.subtract(self.target, self.place).astype(np.float64)
        ahead /= np.linalg.norm(ahead)
        right = np.cross(ahead, (0, 0, 1))
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(right, ahead), ahead])

    def projected(self, points: Points, aspect: float) -> NDArray[np.float64]:
        """(N, 3): x and y in fractions of the picture from its upper left corner, and the distance ahead in metres."""
        seen = (points - np.array(self.place)) @ self.basis().T
        depth = np.maximum(seen[:, 2], 0.05)
        scale = 0.5 / np.tan(np.radians(self.view_angle) / 2)
        return np.stack(
            [0.5 + seen[:, 0] / depth * scale / aspect, 0.5 - seen[:, 1] / depth * scale, seen[:, 2]], axis=-1
        )


@dataclass(frozen=True, slots=True)
class Sun:
    """``towards`` points from the ground to the sun."""

    towards: tuple[float, float, float] = (-0.45, -0.55, 0.72)
    strength: float = 0.80
    sky: float = 0.42
    shade: float = 0.46
    """How much darker the ground is where the sun does not reach."""


_UNSEEN = 0.001
"""Rounds to no colour and no cover, yet fills the depth buffer."""


def _uncoloured(mesh: Mesh) -> Mesh:
    return replace(mesh, colours=np.zeros((len(mesh.points), 3), np.uint8), uv=None, texture=None)


def _poly(mesh: Mesh) -> vtkPolyData:
    data = vtkPolyData()
    points = vtkPoints()
    points.SetData(numpy_to_vtk(mesh.points, deep=True))
    data.SetPoints(points)
    cells = vtkCellArray()
    offsets = np.arange(0, 3 * len(mesh.faces) + 1, 3, dtype=np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(offsets, deep=True),
        numpy_to_vtkIdTypeArray(np.ascontiguousarray(mesh.faces, dtype=np.int64).ravel(), deep=True),
    )
    data.SetPolys(cells)
    if mesh.normals is not None:
        data.GetPointData().SetNormals(numpy_to_vtk(mesh.normals, deep=True))
    if mesh.uv is not None:
        data.GetPointData().SetTCoords(numpy_to_vtk(mesh.uv, deep=True))
    else:
        data.GetPointData().SetScalars(numpy_to_vtk(mesh.colours, deep=True))
    return data


def _texture(pixels: NDArray[np.uint8], sharp: bool) -> vtkTexture:
    image = vtkImageData()
    height, width, channels = pixels.shape
    image.SetDimensions(width, height, 1)
    flipped = np.ascontiguousarray(pixels[::-1]).reshape(-1, channels)
    image.GetPointData().SetScalars(numpy_to_vtk(flipped, deep=True))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetMaximumAnisotropicFiltering(8 if sharp else 1)
    return texture


class Part:
    """One mesh on the stage; it can be moved and hidden. ``sharp`` is slow, for what is drawn once and seen aslant."""

    def __init__(self, mesh: Mesh, sun: Sun, *, lit: bool = True, sharp: bool = False) -> None:
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(_poly(mesh))
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        look = self.actor.GetProperty()
        if mesh.texture is not None:
            self.actor.SetTexture(_texture(mesh.texture, sharp))
        if mesh.normals is None:
            look.SetInterpolationToFlat()
        look.SetAmbient(sun.sky if lit else 1.0)
        look.SetDiffuse(sun.strength if lit else 0.0)
        look.SetSpecular(0.55 * mesh.gloss if lit else 0.0)
        look.SetSpecularPower(38)
        self._matrix = vtkMatrix4x4()

    def cull(self) -> None:
        """Leave out the faces that look away; for closed meshes whose faces all look outwards."""
        self.actor.GetProperty().BackfaceCullingOn()

    def show(self, motion: NDArray[np.float64]) -> None:
        self._matrix.DeepCopy(tuple(motion.ravel()))
        self.actor.SetUserMatrix(self._matrix)
        self.actor.VisibilityOn()

    def hide(self) -> None:
        self.actor.VisibilityOff()


def shadow_motion(sun: Sun, height: float = 0.0) -> NDArray[np.float64]:
    """The (4, 4) map that lays a thing flat along the sun's rays."""
    x, y, z = sun.towards
    return np.array([[1, 0, -x / z, 0], [0, 1, -y / z, 0], [0, 0, 0, height], [0, 0, 0, 1]], np.float64)


class Window:
    """An off-screen window with one camera; colours come with their coverage."""

    def __init__(self, size: tuple[int, int], camera: Camera, sun: Sun, samples: int = 4) -> None:
        self.size = size
        self.renderer = vtkRenderer()
        self.renderer.SetBackground(0, 0, 0)
        self.renderer.SetBackgroundAlpha(0)
        self.renderer.AutomaticLightCreationOff()
        self._aim(camera)
        light = vtkLight()
        light.SetLightTypeToSceneLight()
        light.SetPositional(False)
        light.SetPosition(*sun.towards)
        light.SetFocalPoint(0, 0, 0)
        self.renderer.AddLight(light)
        fill = vtkLight()  # light from the open sky on the shaded side
        fill.SetLightTypeToSceneLight()
        fill.SetPositional(False)
        fill.SetPosition(-sun.towards[0], -sun.towards[1], 0.9)
        fill.SetFocalPoint(0, 0, 0)
        fill.SetIntensity(0.25)
        fill.SetSpecularColor(0.3, 0.3, 0.3)
        self.renderer.AddLight(fill)
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetAlphaBitPlanes(1)
        self._window.SetMultiSamples(samples)
        self._window.SetSize(*size)
        self._window.AddRenderer(self.renderer)
        self._pixels = vtkUnsignedCharArray()

    def _aim(self, camera: Camera) -> None:
        eye: vtkCamera = self.renderer.GetActiveCamera()
        eye.SetPosition(*camera.place)
        eye.SetFocalPoint(*camera.target)
        eye.SetViewUp(0, 0, 1)
        eye.SetViewAngle(camera.view_angle)
        eye.SetClippingRange(0.3, 400)

    def add(self, part: Part) -> None:
        self.renderer.AddActor(part.actor)

    def hide_behind(self, mesh: Mesh, sun: Sun) -> None:
        """Let this mesh cover what is behind it without being seen itself; call it before ``add``."""
        part = Part(_uncoloured(mesh), sun, lit=False)
        part.actor.GetProperty().SetOpacity(_UNSEEN)
        part.actor.ForceOpaqueOn()
        self.add(part)

    def drawn(self) -> NDArray[np.uint8]:
        """(H, W, 4) uint8 with coverage in the last channel; colours are multiplied by it."""
        self._window.Render()
        width, height = self.size
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._pixels, 0)
        pixels: NDArray[np.uint8] = vtk_to_numpy(self._pixels).reshape(height, width, 4)
        return pixels[::-1]

    def close(self) -> None:
        self._window.Finalize()


def shrunk(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def thinned(points: Points, faces: Faces, share: float) -> tuple[NDArray[np.int64], Faces]:
    """The points that stay and the faces between them, when about ``share`` of the faces is kept."""
    data = _poly(Mesh(points, faces, np.zeros((len(points), 3), np.uint8)))
    numbers = numpy_to_vtk(np.arange(len(points), dtype=np.int64), deep=True)
    numbers.SetName("number")
    data.GetPointData().AddArray(numbers)
    thinner = vtkDecimatePro()
    thinner.SetInputData(data)
    thinner.SetTargetReduction(1 - share)
    thinner.PreserveTopologyOn()
    thinner.SplittingOff()
    thinner.BoundaryVertexDeletionOff()
    thinner.Update()
    left = thinner.GetOutput()
    kept: NDArray[np.int64] = vtk_to_numpy(left.GetPointData().GetArray("number")).copy()
    cells = vtk_to_numpy(left.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return kept, cells.astype(np.int32)
