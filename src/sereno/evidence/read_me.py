"""The letter that lies in each package, for a clerk who sees one for the first time."""

from sereno.evidence.manifest import Origin
from sereno.evidence.model import Export, Hold

_SPANISH = """\
{site}
PAQUETE DE VIDEO SELLADO

Cámara:        {camera}
Desde:         {began} (UTC)
Hasta:         {ended} (UTC)
Incidente:     {incident}
Motivo:        {purpose}
Pedido por:    {person}, el {requested} (UTC)
Exportación:   {export}

CÓMO COMPROBARLO
1. No descomprima este archivo: guárdelo tal como lo recibió.
2. Abra una copia de la página verify.html que le haya dado el centro o el juzgado (también hay una aquí dentro)
   con un navegador actual. No hace falta internet.
3. Elija el archivo .zip. La página dice VÁLIDO o NO VÁLIDO, y por qué.
4. Compare la huella de la clave con la que el centro publica por otro medio (papel, sitio oficial, teléfono):

   {fingerprint}

   Si la huella es otra, el paquete no lo selló este centro, aunque la página diga VÁLIDO.

QUÉ HAY ADENTRO
segments/       Los videos, tal como los grabó la cámara, sin editar. Cualquier reproductor los abre.
manifest.json   Qué contiene el paquete, quién lo pidió y para qué, y el resumen SHA-256 de cada archivo.
manifest.sig    La firma de manifest.json (RSASSA-PSS, SHA-256).
site-key.pem    La clave pública del centro.
verify.html     La página que comprueba todo lo anterior.
"""

_ENGLISH = """\
----------------------------------------------------------------------

SEALED VIDEO PACKAGE

1. Do not unpack this file: keep it as you received it.
2. Open a copy of verify.html that the centre or the court gave you (there is one in here too) in a current
   browser. No internet is needed.
3. Choose the .zip. The page says VALID or NOT VALID, and why.
4. Compare the fingerprint above with the one that the centre publishes elsewhere. If it differs, this centre did not
   seal the package, even if the page says VALID.
"""


def read_me(origin: Origin, hold: Hold, export: Export) -> bytes:
    """UTF-8, lines that end as Windows wants them."""
    text = _SPANISH.format(
        site=origin.site,
        camera=origin.camera_name,
        began=_instant(hold.began.isoformat(" ", "seconds")),
        ended=_instant(hold.ended.isoformat(" ", "seconds")),
        incident=origin.incident_number or "ninguno",
        purpose=export.purpose,
        person=export.requested_by_name,
        requested=_instant(export.requested_at.isoformat(" ", "seconds")),
        export=export.id,
        fingerprint=grouped(origin.key_fingerprint),
    )
    return (text + _ENGLISH).replace("\n", "\r\n").encode()


def _instant(text: str) -> str:
    return text.removesuffix("+00:00")


def grouped(fingerprint: str) -> str:
    """As people compare it: groups of four."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4)).upper()
