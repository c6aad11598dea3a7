# Lo que los visitantes leen en español.

## El marco de cada página

skip = Saltar al contenido
nav = Principal
nav-status = Estado
nav-history = Historial
nav-subscribe = Suscribirse
nav-help = ¿Qué es un 502?
foot-feed = Canal Atom
foot-causes = Causas de un 502 (en inglés)
foot-sign-in = Iniciar sesión
foot-times = Todas las horas están en UTC. Vigilado por Gatewatch.
feed-title = Incidentes
crumb-status = Estado
to-status = A la página de estado
silent = Sin noticias desde las {"{time}"} UTC

## Estados, fases, impactos

state-operational = Operativo
state-degraded = Degradado
state-partial-outage = Interrupción parcial
state-outage = Interrupción
state-maintenance = Mantenimiento
state-unknown = Desconocido
phase-investigating = En investigación
phase-identified = Identificado
phase-monitoring = En observación
phase-resolved = Resuelto
postmortem = Análisis posterior
impact-none = Aviso
impact-minor = Leve
impact-major = Grave
impact-critical = Crítico
impact = Impacto: { $impact }

## Números, duraciones, fechas

percent = { $share } %
duration-ms = { $number } ms
duration-s = { $number } s
duration-min = { $number } min
duration-h = { $number } h
duration-d = { $number } d
duration-two = { $big } { $small }
age-short = menos de un minuto
month-long =
    { $month ->
        [1] enero
        [2] febrero
        [3] marzo
        [4] abril
        [5] mayo
        [6] junio
        [7] julio
        [8] agosto
        [9] septiembre
        [10] octubre
        [11] noviembre
       *[12] diciembre
    }
month-short =
    { $month ->
        [1] ene
        [2] feb
        [3] mar
        [4] abr
        [5] may
        [6] jun
        [7] jul
        [8] ago
        [9] sept
        [10] oct
        [11] nov
       *[12] dic
    }
date-time = { $day } { $month } { $year }, { $time } UTC
date-time-precise = { $day } { $month }, { $time } UTC
time-utc = { $time } UTC
day-long = { $day } de { $month } de { $year }
day-short = { $day } { $month }
month-year = { $month } de { $year }
no-time = (hora no válida)

## Lo que se dice de un fallo

reason-status = estado { $status }
reason-name-not-found = nombre no encontrado
reason-name-server-silent = el servidor de nombres no responde
reason-refused = conexión rechazada
reason-no-route = sin ruta
reason-connect-timeout = tiempo de conexión agotado
reason-tls-handshake = falló la negociación TLS
reason-certificate = certificado no válido
reason-reset = conexión restablecida por el otro extremo
reason-closed-early = conexión cerrada antes de tiempo
reason-read-timeout = sin respuesta a tiempo
reason-bad-http = respuesta no válida
reason-unexpected-status = estado inesperado
reason-body = contenido inesperado
reason-not-measured = no se pudo medir
reason-no-data = sin datos
reason-dependency = algo de lo que depende está caído
reason-certificate-ends = el certificado caduca pronto
reason-slow = lento
reason-unstable = inestable: { $count } cambios de estado en { $span }
reason-join = { $first }; { $second }
blind-slept = su equipo estuvo suspendido
blind-stalled = estuvo detenida o su equipo está sobrecargado
blind-clock = se cambió la hora de su reloj
blind-no-route = su equipo no tiene salida a la red
blind-next-hop = la puerta de enlace de su equipo no responde
blind-canaries = su propia red no responde
blind-names = sus servidores de nombres no responden

## La página de estado

overall = Estado general
as-of = A fecha de { $time }
headline-nothing = Todavía no se vigila nada
headline-operational = Todos los sistemas están operativos
headline-one =
    { $state ->
        [degraded] { $name }: rendimiento degradado
        [partial-outage] { $name }: interrupción parcial
        [outage] { $name }: fuera de servicio
        [maintenance] { $name }: en mantenimiento
       *[unknown] { $name }: sin medición en este momento
    }
headline-all =
    { $state ->
        [degraded] Los { $all } componentes están degradados
        [partial-outage] Los { $all } componentes sufren una interrupción parcial
        [outage] Los { $all } componentes están fuera de servicio
        [maintenance] Los { $all } componentes están en mantenimiento
       *[unknown] Los { $all } componentes no se miden en este momento
    }
headline-some =
    { $state ->
        [degraded] { $number } de { $all } componentes están degradados
        [partial-outage] { $number } de { $all } componentes sufren una interrupción parcial
        [outage] { $number } de { $all } componentes están fuera de servicio
        [maintenance] { $number } de { $all } componentes están en mantenimiento
       *[unknown] { $number } de { $all } componentes no se miden en este momento
    }
status-description = { $headline }. Estado, historial e incidentes de { $title }.
since-age = Desde { $time } ({ $age })
since-small = desde { $time }
why = ¿Por qué falla?
no-data = sin datos
formula = Disponibilidad = 1 − (interrupción + ½ × interrupción parcial) ÷ (todo el tiempo − mantenimiento − desconocido). Lo degradado cuenta como disponible.
group-components = Componentes
group-further = Otros componentes
fold-close = Cerrar
fold-open = Abrir
gist = { $well } de { $all } operativos
column-days = 90 días
column-uptime = disponible
column-latency = mediana 24 h
bars = { $name }, últimos 90 días
bar = { $day }: { $words }
bar-outage = { $share }, interrupción { $time }
bar-partial = { $share }, interrupción parcial { $time }
bar-degraded = { $share }, degradado { $time }
bar-maintenance = mantenimiento
legend = Qué significan las barras
legend-short = Interrupción, < 10 min
legend-longer = < 2 h
legend-longest = más larga
legend-no-data = Sin datos
latency-none = aún sin tiempos
latency-hint = Mediana del tiempo de respuesta de las últimas 24 horas
blind = La vigilancia está ciega desde { $time }: { $reason }. Lo que entretanto no puede medir se muestra como desconocido y no cuenta ni como disponible ni como caído.
storage = En este momento no se pueden guardar las mediciones. El estado mostrado es actual; más tarde puede faltar un tramo en el historial.
only-self = <strong>Por ahora, Gatewatch solo se vigila a sí mismo.</strong> Añada un sitio a <file>gatewatch.toml</file> y vuelva a cargar la configuración, o inicie con <option>--watch https://shop.example.com/</option>:
active = Incidentes activos
maintenance-heading = Mantenimiento
maintenance-on = En curso: de { $from } a { $until }, { $names }
maintenance-planned = Previsto: de { $from } a { $until }, { $names }
names-join = { $first }, { $second }
calendar = Todos los trabajos previstos como calendario
past = Incidentes pasados
past-none = Ningún incidente en los últimos 14 días.
by-month = Todos los incidentes por mes

## Un componente y sus periodos

component-title = { $name }: { $state }
component-description = { $name }: { $state }. Historial de 90 días.
uptime-quarter = Disponibilidad, 90 días
last-measured = Última medición
never-measured = Todavía sin mediciones
measured-every = Se mide cada
as-of-label = A fecha de
last-quarter = Últimos 90 días
today = Hoy
interruptions-by-day = Interrupciones por día
interruptions-none = Ninguna en los últimos 90 días.
times-utc = Las horas están en UTC.
clock-since = desde { $time }
clock-span = { $from } – { $until }
still-lasting = aún continúa
latency-day = Tiempo de respuesta, últimas 24 horas
latency-day-none = Sin tiempos de respuesta en las últimas 24 horas.
latency-described = Tiempo de respuesta en 24 horas: mínimo { $low }, mediana { $median }, máximo { $highest }
lowest = Mínimo
median = Mediana
highest = Máximo
adds-up = Cómo se obtiene la disponibilidad
sum = Tiempo en cada estado
sum-state = Estado
sum-time = Tiempo
sum-counts = En la disponibilidad
sum-up = disponible
sum-half = caído a medias
sum-down = caído
sum-out = no cuenta
none = ninguno
incidents = Incidentes
ranges = Periodo
range-now = Ahora
range-day = 24 horas
range-week = 7 días
range-quarter = 90 días
range-year = 1 año
range-title = { $name }: { $range }
range-heading = { $name }, { $range }
range-description = { $name }: disponibilidad y tiempos de respuesta, { $range }.
range-uptime = Disponibilidad, { $range }
range-from = Desde
range-until = Hasta
range-latency = Tiempo de respuesta
range-over = Tiempo de respuesta en { $range }
range-empty = No se midió nada en este periodo ({ $range }).
interruptions = Interrupciones
range-none = Ninguna en este periodo ({ $range }).
range-unlisted =
    { $count ->
        [one] { $count } anterior no figura en la lista.
       *[other] { $count } anteriores no figuran en la lista.
    }
chart-described = La mitad de las mediciones no tardó más de { $half } y el 95 % no más de { $most }; en el tramo más lento, el 95 % no pasó de { $highest }.
chart-failed = Fallaron { $failed } de { $count } mediciones.
chart-key = Qué significan las líneas
chart-median = mediana
chart-most = el 95 % no tardó más
chart-some-failed = algunas fallaron
most = 95 %
probes = Mediciones
failed = Fallidas
as-table = Lo mismo como tabla
table-latency = Tiempos de respuesta
table-caption = Tiempos de respuesta, los más recientes primero; horas en UTC

## Incidentes, meses e informes

affected = Afectados
edited = editado { $time }
lasted = duró { $age }
lasting = desde hace { $age }
incident-span = { $from } – { $until }
incident-description = { $phase }: { $title }
month-title = Incidentes de { $month }
month-description = Incidentes de { $month }: { $title }.
month-none = Ningún incidente en { $month }.
month-count =
    { $count ->
        [one] { $count } incidente
       *[other] { $count } incidentes
    }
month-list = Lista
month-report = Informe de { $month }: disponibilidad e interrupciones de cada componente
months = Meses
report-title = Informe de { $month }
report-description = Disponibilidad, interrupciones y tiempos de respuesta en { $month }: { $title }.
report-heading = { $title }: informe de { $month }
report-extent = De { $from } a { $until }.
report-so-far = El mes no ha terminado.
report-caption = Tiempos en horas, minutos y segundos
report-component = Componente
report-uptime = Disponibilidad
report-outages = Interrupciones
report-longest = La más larga

## El widget

widget-uptime = { $share } en 90 días
widget-silent = Sin noticias desde entonces: la página de estado no responde.

## Suscripciones

subscribe-description = Reciba avisos de incidentes y mantenimiento de { $title }.
subscribe = Suscribirse
subscribe-lede = Reciba un aviso cuando un incidente empiece, cambie o termine, y de los mantenimientos previstos.
subscribe-off = Esta página no envía correo: las suscripciones están desactivadas hasta que un administrador indique un servidor de correo en <section>[subscriptions]</section> de <file>gatewatch.toml</file>.
subscribe-refused-off = Aquí las suscripciones están desactivadas. Los canales dicen lo mismo.
subscribe-too-often = Han sido demasiadas veces. Espere unos minutos y vuelva a intentarlo.
subscribe-full = En este momento no se aceptan más suscripciones. Los canales de abajo dicen lo mismo.
target-none = Escriba una dirección de correo.
target-neither = Escriba una dirección de correo o la dirección de un webhook.
target-both = Escriba una dirección de correo o la dirección de un webhook, no ambas.
target-email = Esta no es una dirección de correo a la que se pueda escribir.
target-webhook = Este webhook no se puede usar: escriba la dirección pública completa, por ejemplo https://hooks.example.com/x.
target-component = Uno de los componentes no está en esta página.
only-of = Solo de estos
only-of-hint = No marque ninguno para recibir avisos de todo.
email = Correo electrónico
email-hint = Primero llega un mensaje con un enlace; nada más antes de que usted confirme.
webhook = Webhook
webhook-hint = En lugar de una dirección de correo, para programas. Recibe un primer mensaje y responde con su «challenge», o le lleva a la página de confirmación.
subscribe-promise = La dirección se usa solo para estos mensajes. Cada uno permite darse de baja con un clic.
feeds = Canales
feeds-list = Sin dejar una dirección: <atom>Atom</atom>, <rss>RSS</rss> o <json>JSON Feed</json>, y el mantenimiento como <calendar>calendario</calendar>. La página de cada componente tiene canales propios.
asked = Un paso más
asked-lede = Si se puede escribir a esta dirección, un mensaje con un enlace está en camino. Siga el enlace y pulse allí el botón en el plazo de dos días.
asked-hint = ¿Nada en su buzón al cabo de unos minutos? Mire en la carpeta de correo no deseado. A una misma dirección se escribe como máximo tres veces al día.
asked-webhook = Un webhook recibe un mensaje propio, al que puede responder con el «challenge» que contiene.
covers-all = todo lo que hay en esta página
covers-gone = componentes que ya no están en esta página
confirm-heading = Confirme su suscripción
mine-heading = Su suscripción
mine-email = Correo a <strong>{ $target }</strong>, sobre: { $covers }.
mine-webhook = Webhook en <strong>{ $target }</strong>, sobre: { $covers }.
save = Guardar
end-heading = Terminarla
unsubscribe = Darse de baja
confirm = Confirmar
refuse-hint = ¿No ha sido usted? Entonces, si no hace nada, no llegará nada más. Esto impide durante un mes que otros vuelvan a pedirlo:
refuse = No he sido yo
ended = Se ha dado de baja
ended-text = La dirección se ha olvidado. No llegará ningún otro mensaje.
refused = Gracias
refused-text = La dirección se ha olvidado y durante un mes nadie puede pedir aquí mensajes para ella.
again = Suscribirse de nuevo

## Para quien está ante un 502

help-title = 502 Bad Gateway: qué es y qué puede hacer usted
help-description = Qué significa un 502 Bad Gateway, si se debe a usted o a nosotros, y qué ayuda.
help-heading = Ha visto «502 Bad Gateway»
help-lede = La puerta de enlace del sitio recibió su petición, pero no obtuvo una respuesta utilizable del servidor que hay detrás. Con casi total seguridad, su dispositivo y su conexión están bien.
help-now = Estado ahora
help-fine =
    { $count ->
        [one] { $count } componente más está operativo.
       *[other] { $count } componentes más están operativos.
    }
help-what = Qué ha ocurrido
help-what-text = Un sitio web rara vez es una sola máquina. Su navegador habla con una puerta de enlace: un servidor que recibe cada petición y la pasa a la máquina que hace el trabajo. La puerta de enlace le respondió, así que el camino entre usted y nosotros funciona. Lo que debía transmitir desde detrás faltaba, estaba roto o llegó tarde, y 502 es el número para eso.
help-do = Qué puede hacer usted
help-do-wait = <strong>Espere medio minuto y recargue una vez.</strong> Muchos 502 duran segundos, por ejemplo mientras un servidor se reinicia.
help-do-look = <strong>Mire el estado de arriba.</strong> Si muestra un problema, ya lo sabemos; nada que haga usted por su lado ayudará. Esta página se actualiza sola.
help-do-fresh = <strong>Si arriba todo está operativo,</strong> recargue con Ctrl + F5 (⌘ + Mayús + R en un Mac) y después pruebe una ventana privada u otra red. Un proxy de empresa, una VPN o una copia antigua por el camino pueden mostrar un 502 que nosotros no vemos.
help-do-tell = <strong>Si continúa,</strong> comunique al soporte del sitio la dirección, la hora con su zona horaria y el número de referencia que aparezca en la página de error.
help-reload = Cuándo ayuda recargar y cuándo perjudica
help-reload-text = Volver a leer una página no hace daño. Después de enviar un pedido, un pago o un mensaje, compruebe primero en su cuenta o en su correo si llegó: la máquina que está detrás puede haber hecho el trabajo y solo se perdió su respuesta. Recargar una y otra vez hace más lento un sitio sobrecargado para todos, también para usted.
help-relatives = Sus parientes
help-500 = El propio sitio falló y lo dijo.
help-503 = El sitio está sobrecargado o en mantenimiento, y lo sabe.
help-504 = Como el 502, pero la máquina que está detrás tardó demasiado.
help-causes = ¿Administra usted el sitio? Las <causes>causas de un 502</causes> están descritas con indicios y soluciones (en inglés).

## Errores

error-400 = Esta petición no se entiende
error-400-text = Algo en la dirección o en el formulario no es como debería.
error-401 = Inicie sesión
error-401-text = Esta página es para administradores.
error-403 = No permitido
error-403-text = La petición fue rechazada y no se cambió nada.
error-404 = Esta página no existe
error-404-text = Puede que la dirección esté mal escrita o que lo que había aquí ya no esté.
error-405 = Eso no se puede hacer aquí
error-405-text = La dirección existe, pero no para este tipo de petición.
error-408 = Eso tardó demasiado
error-408-text = La petición no llegó a tiempo.
error-410 = Esto ya no existe
error-410-text = Lo que había aquí se ha retirado.
error-413 = Es demasiado grande
error-413-text = La petición es mayor de lo que esta página acepta.
error-421 = Este no es ese sitio
error-421-text = Se preguntó a Gatewatch con un nombre al que no responde. Los administradores añaden nombres en [server] hosts de gatewatch.toml.
error-429 = Demasiadas peticiones
error-429-text = Espere un momento y vuelva a intentarlo.
error-503 = No disponible en este momento
error-503-text = Esta parte no se puede mostrar por ahora. La página de estado sigue en pie.
error-500 = Algo ha fallado aquí
error-500-text = El fallo es nuestro y ha quedado registrado. La página de estado sigue en pie.
error-other = No ha funcionado
error-other-text = La petición no se pudo llevar a cabo.
error-reference = Algo ha fallado por nuestra parte (referencia { $reference }).
error-database = Lo registrado anteriormente no se puede leer en este momento. La página de estado en sí es actual y no lo necesita.
