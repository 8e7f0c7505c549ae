"""The typed fields of each kind of thing: what an inventory of it has to say (APCO's radio inventory among others).

Of a radio's encryption it holds the algorithm and the key set's name: key material never comes near the register.
"""

from shared_models.assets import AssetKind, FieldSpec, FieldType

T, N, P, D, F, C = (
    FieldType.TEXT, FieldType.NUMBER, FieldType.PERCENT, FieldType.DATE, FieldType.FLAG, FieldType.CHOICE,
)  # fmt: skip


def field(
    code: str, en: str, es: str, type_: FieldType = T, *, ident: bool = False, find: bool = False,
    unit: str = "", choices: tuple[str, ...] = (),
) -> FieldSpec:  # fmt: skip
    """One field, in a line."""
    return FieldSpec(
        code=code, label_en=en, label_es=es, type=type_, identifies=ident, searched=ident or find, unit=unit, choices=choices
    )  # fmt: skip


MAC = field("mac", "MAC address", "Dirección MAC", FieldType.MAC, ident=True)
WIFI_MAC = field("wifi_mac", "Wi-Fi MAC", "MAC de wifi", FieldType.MAC, ident=True)
IP = field("ip", "IP address", "Dirección IP", FieldType.IP, find=True)
HOST = field("host", "Host name", "Nombre de host", find=True)
IMEI = field("imei", "IMEI", "IMEI", FieldType.IMEI, ident=True)
SIM = field("sim", "SIM (ICCID)", "SIM (ICCID)", ident=True)
NUMBER = field("number", "Telephone number", "Número de teléfono", find=True)
CARRIER = field("carrier", "Carrier", "Operador", find=True)
PLAN = field("plan", "Plan", "Plan")
OS = field("os", "System", "Sistema")
ENCRYPTED = field("encrypted", "Disk encrypted", "Disco cifrado", F)
MDM = field("mdm_seen_on", "Last seen by device management", "Visto por la gestión de dispositivos", D)
STORAGE = field("storage_gb", "Storage", "Almacenamiento", N, unit="GB")
RETENTION = field("retention_days", "Recordings kept", "Grabaciones guardadas", N, unit="d")
BATTERY_ON = field("battery_on", "Battery since", "Batería desde", D)

RADIO = (
    field("radio_id", "Radio ID", "ID de radio", ident=True),
    field("alias", "Alias", "Alias", find=True),
    field("band", "Band and modes", "Banda y modos"),
    field("system", "System (WACN)", "Sistema (WACN)", find=True),
    field("flash_code", "Flash code, options", "Código flash, opciones"),
    field("codeplug", "Codeplug and version", "Codeplug y versión", find=True),
    field("programmed_on", "Last programmed", "Última programación", D),
    field("talkgroups", "Talkgroup set", "Conjunto de grupos"),
    field("encryption", "Encryption", "Cifrado", C, choices=("none", "des-ofb", "adp", "aes-256")),
    field("key_set", "Key set name (never the key)", "Nombre del juego de claves (nunca la clave)"),
    field("otar", "Rekeyed over the air", "Claves por aire (OTAR)", F),
    field("rekeyed_on", "Last rekeyed", "Último cambio de claves", D),
    field("fcc_licence", "FCC licence", "Licencia FCC"),
    field("aligned_on", "Last aligned", "Última alineación", D),
    field("accessories", "Accessories", "Accesorios"),
    field("owner_agency", "Owner agency", "Agencia propietaria"),
    field("grant", "Grant", "Subvención"),
)
CAMERA = (STORAGE, RETENTION, field("resolution", "Resolution", "Resolución"))
COMPUTER = (HOST, MAC, WIFI_MAC, IP, OS, ENCRYPTED, MDM)

FIELDS: dict[AssetKind, tuple[FieldSpec, ...]] = {
    AssetKind.MDT: (
        *COMPUTER, IMEI, SIM, NUMBER, CARRIER, PLAN,
        field("mount", "Mount", "Soporte"),
        field("cad", "CAD version", "Versión de CAD"),
        field("gps", "GPS receiver", "Receptor GPS"),
    ),
    AssetKind.PORTABLE_RADIO: (*RADIO, field("rsm", "Speaker microphone", "Micrófono parlante", find=True)),
    AssetKind.MOBILE_RADIO: (*RADIO, field("antenna", "Antenna", "Antena")),
    AssetKind.BODY_CAMERA: (*CAMERA, field("dock", "Dock", "Base de carga", find=True), BATTERY_ON),
    AssetKind.DASH_CAMERA: (*CAMERA, IP, MAC, field("microphone", "Wireless microphone", "Micrófono inalámbrico", find=True)),
    AssetKind.DOCK: (MAC, IP, field("bays", "Bays", "Ranuras", N)),
    AssetKind.BATTERY: (
        field("made_on", "Made", "Fabricada", D),
        field("capacity_mah", "Capacity", "Capacidad", N, unit="mAh"),
        field("cycles", "Cycles", "Ciclos", N),
        field("fits", "Fits", "Sirve para", find=True),
    ),
    AssetKind.VEHICLE: (
        field("vin", "VIN", "VIN", ident=True),
        field("plate", "Plate", "Matrícula", ident=True),
        field("call_sign", "Call sign", "Indicativo", find=True),
        field("year", "Year", "Año", N),
        field("odometer_mi", "Odometer", "Odómetro", N, unit="mi"),
        field("inspected_until_on", "Inspected until", "Inspección hasta", D),
    ),
    AssetKind.COMPUTER: (*COMPUTER, field("memory_gb", "Memory", "Memoria", N, unit="GB"), STORAGE),
    AssetKind.SERVER: (
        HOST, MAC, IP, OS, ENCRYPTED, field("role", "Role", "Función", find=True),
        field("memory_gb", "Memory", "Memoria", N, unit="GB"), STORAGE,
    ),
    AssetKind.NETWORK: (
        HOST, MAC, IP,
        field("ports", "Ports", "Puertos", N),
        field("approved", "Firmware as approved", "Firmware aprobado", F),
        field("backup_on", "Last backup of its configuration", "Última copia de configuración", D),
    ),
    AssetKind.PHONE: (
        NUMBER, IMEI, field("imei2", "Second IMEI", "Segundo IMEI", FieldType.IMEI, ident=True), SIM, CARRIER, PLAN, OS, ENCRYPTED,
        MDM, WIFI_MAC, field("extension", "Extension", "Extensión", find=True),
    ),
    AssetKind.TABLET: (IMEI, SIM, NUMBER, CARRIER, PLAN, OS, ENCRYPTED, MDM, WIFI_MAC),
    AssetKind.DOOR_READER: (
        MAC, IP, field("door", "Door", "Puerta", find=True), field("zone", "Zone", "Zona", find=True),
        field("controller", "Controller", "Controlador"), BATTERY_ON,
    ),
    AssetKind.SURVEILLANCE_CAMERA: (*CAMERA, MAC, IP, field("recorder", "Recorder", "Grabador", find=True)),
    AssetKind.PANIC_BUTTON: (field("zone", "Zone", "Zona", find=True), BATTERY_ON),
    AssetKind.UPS: (MAC, IP, field("load", "Load", "Carga", P), BATTERY_ON, field("capacity_va", "Capacity", "Capacidad", N, unit="VA")),
    AssetKind.SOFTWARE: (
        field("version", "Version", "Versión"),
        field("seats", "Seats", "Puestos", N),
        field("used", "Seats used", "Puestos usados", N),
        field("renewed_until_on", "Licence until", "Licencia hasta", D),
        field("publisher", "Publisher", "Editor", find=True),
    ),
    AssetKind.OTHER: (),
    AssetKind.NEWER: (),
}  # fmt: skip
"""What each kind has to say, beyond what all things say."""


def fields_of(kind: AssetKind, more: tuple[FieldSpec, ...] = ()) -> tuple[FieldSpec, ...]:
    """The fields of a thing of this kind whose model has these besides; the model's word stands over the kind's."""
    own = {spec.code: spec for spec in (*FIELDS[kind], *more)}
    return tuple(own.values())
